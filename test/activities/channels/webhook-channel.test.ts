import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { webhookChannel } from '../../../src/activities/channels/webhook-channel.ts';
import { freePorts } from '../../../src/dev/free-port.ts';
import { aNotification } from '../../support/notifications.ts';
import { startOperator } from '../../support/operator.ts';
import type { Answer, Operator } from '../../support/operator.ts';

const TIME = '2026-03-01T09:00:00.000Z';

let operator: Operator;
beforeAll(async () => {
  operator = await startOperator();
});
afterAll(async () => operator.close());
beforeEach(() => operator.answer(204));

function deliver(notification = aNotification(), url = operator.url): Promise<void> {
  const delivery = { notification, channel: 'ops', time: TIME };
  return webhookChannel('ops', url, operator.secret).deliver(delivery, AbortSignal.timeout(120_000));
}

describe('a webhook channel', () => {
  it('posts a CloudEvent that its receiver can verify', async () => {
    const raised = aNotification({ run: 'run/\u00e9', details: { kind: 'webhook', list: [1, null, '\ud83d\ude00'] } });

    await deliver(raised);

    expect(operator.refused).toEqual([]);
    const { id, class: its, ...rest } = raised;
    expect(operator.received.at(-1)?.event.toJSON()).toEqual({
      specversion: '1.0',
      id,
      source: '/mandate/runs/run%2F%C3%A9',
      type: `mandate.${its}`,
      time: TIME,
      subject: raised.subject,
      datacontenttype: 'application/json',
      data: { class: its, ...rest },
    });
  });

  it('names the same delivery the same, and another channel or notification differently', async () => {
    const raised = aNotification({ id: 'breaker_opened/a.tool/1' });
    const other = webhookChannel('pager', operator.url, operator.secret);
    await deliver(raised);
    await deliver(raised);
    await other.deliver({ notification: raised, channel: 'pager', time: TIME }, AbortSignal.timeout(120_000));

    expect(operator.received.slice(-3).map(({ deliveryId }) => deliveryId)).toEqual([
      'breaker_opened/a%2Etool/1/ops',
      'breaker_opened/a%2Etool/1/ops',
      'breaker_opened/a%2Etool/1/pager',
    ]);
  });

  it.each<Answer>([301, 302, 307, 400, 401, 404, 429, 500, 503])(
    'takes %i for a failure, and follows nothing',
    async (status) => {
      operator.answer(status);
      const before = operator.received.length;

      await expect(deliver()).rejects.toThrow(`Channel ops answered ${status}.`);
      expect(operator.received).toHaveLength(before + 1);
    },
  );

  it.each<Answer>([200, 201, 202, 204])('takes %i for delivered', async (status) => {
    operator.answer(status);

    await expect(deliver()).resolves.toBeUndefined();
  });

  it('does not say where it goes when nobody is there', async () => {
    const url = `http://127.0.0.1:${(await freePorts(1))[0]}/services/T0/B0/a-secret-path`;

    await expect(deliver(aNotification(), url)).rejects.toThrow('Channel ops could not be reached: ECONNREFUSED.');
  });

  it('ends when its time is over', async () => {
    operator.answer('hang');
    const delivery = { notification: aNotification(), channel: 'ops', time: TIME };

    await expect(
      webhookChannel('ops', operator.url, operator.secret).deliver(delivery, AbortSignal.timeout(50)),
    ).rejects.toThrow('Channel ops could not be reached');
  });
});
