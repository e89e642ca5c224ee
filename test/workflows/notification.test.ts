import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../src/contract/ledger.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { aNotification, startNotification } from '../support/notifications.ts';
import { startOperator } from '../support/operator.ts';
import type { Operator } from '../support/operator.ts';
import { startChildWorker } from '../support/start-child-worker.ts';
import { until } from '../support/until.ts';

let operator: Operator;
let mandate: Mandate;
beforeAll(async () => {
  operator = await startOperator();
  mandate = await startMandate({ roles: ['worker'], env: operator.env });
});
afterAll(async () => {
  await mandate.stop();
  await operator.close();
});
beforeEach(() => operator.answer(204));

let drafts = 0;
/** From here on, what is unknown is told over these channels. */
async function route(...channels: string[]): Promise<void> {
  drafts += 1;
  const change = { route: 'effect_unknown', channels, by: `draft-${drafts}`, time: new Date().toISOString() } as const;
  await mandate.store.routes.change(change, () => []);
}

function ledgerOf(run: string): Promise<LedgerEntry[]> {
  return mandate.store.ledger.entries({ run });
}

/** What arrived for a notification. */
const receivedFor = (id: string): Operator['received'] => operator.received.filter(({ event }) => event.id === id);

describe('a notification', () => {
  it('is told over every channel of its route, and recorded', async () => {
    await route('log', 'ops');
    const raised = aNotification();

    const result = await (await startNotification(mandate.client, raised)).result();

    expect(operator.refused).toEqual([]);
    expect(result.deliveries).toEqual([
      { channel: 'log', status: 'sent' },
      { channel: 'ops', status: 'sent' },
    ]);
    expect(receivedFor(raised.id)).toMatchObject([
      { event: { type: 'mandate.effect_unknown', subject: raised.subject } },
    ]);
    expect(await ledgerOf(raised.run)).toMatchObject([
      { type: 'notification.sent', agent: 'agent-1', body: { notificationId: raised.id, channel: 'log' } },
      { type: 'notification.sent', body: { channel: 'ops', class: 'effect_unknown', subject: raised.subject } },
    ]);
  });

  it('is tried again when its receiver was away', async () => {
    await route('ops');
    operator.answer(503);
    const raised = aNotification();
    const handle = await startNotification(mandate.client, raised);
    await until('the first attempt', () => receivedFor(raised.id).length > 0);
    operator.answer(200);

    expect((await handle.result()).deliveries).toEqual([{ channel: 'ops', status: 'sent' }]);

    const deliveries = receivedFor(raised.id);
    expect(new Set(deliveries.map(({ deliveryId }) => deliveryId)).size).toBe(1);
    expect(new Set(deliveries.map(({ event }) => event.time)).size).toBe(1);
    const calls = await mandate.store.calls.list({ subject: raised.id, limit: 10 });
    expect(calls).toHaveLength(deliveries.length);
    expect(calls[0]).toMatchObject({ number: 1, outcome: 'failed', error: 'Channel ops answered 503.' });
    expect(calls.at(-1)).toMatchObject({ number: deliveries.length, outcome: 'ok' });
  });

  it('is given up after three attempts, which is recorded and fails nothing', async () => {
    await route('ops');
    operator.answer('cut');
    const raised = aNotification();

    const result = await (await startNotification(mandate.client, raised)).result();

    const error = expect.stringMatching(/^Channel ops could not be reached: /) as string;
    expect(result.deliveries).toEqual([{ channel: 'ops', status: 'failed', error }]);
    expect(receivedFor(raised.id)).toHaveLength(3);
    expect(await ledgerOf(raised.run)).toMatchObject([
      { type: 'notification.failed', body: { channel: 'ops', error } },
    ]);
    const calls = await mandate.store.calls.list({ subject: raised.id, limit: 10 });
    expect(calls.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'failed'],
      [2, 'failed'],
      [3, 'failed'],
    ]);
  });

  it('falls back to the log when its channel is not configured any more, and says so', async () => {
    await route('pager');
    const raised = aNotification();

    const result = await (await startNotification(mandate.client, raised)).result();

    expect(result.deliveries).toEqual([{ channel: 'log', status: 'sent' }]);
    expect(await ledgerOf(raised.run)).toMatchObject([
      { type: 'notification.sent', body: { channel: 'log', notConfigured: ['pager'] } },
    ]);
  });

  it('goes on with its next attempt when the worker is killed between two', { timeout: 240_000 }, async () => {
    await route('ops');
    operator.answer(503);
    await mandate.rest(['worker']);
    const victim = await startChildWorker(mandate, { roles: ['worker'] });
    const raised = aNotification();
    const handle = await startNotification(mandate.client, raised);
    await until('the first attempt', () => receivedFor(raised.id).length > 0);
    // No further one fails before the worker is killed, however long that takes.
    operator.answer('hang');
    await until('the first attempt to have failed', async () => {
      const { pendingActivities } = (await handle.describe()).raw;
      return pendingActivities?.some(({ attempt }) => (attempt ?? 0) > 1);
    });

    await victim.kill();
    operator.answer(204);
    await mandate.work(['worker']);

    expect((await handle.result()).deliveries).toEqual([{ channel: 'ops', status: 'sent' }]);
    const calls = await mandate.store.calls.list({ subject: raised.id, limit: 10 });
    expect(calls.map(({ number }) => number)).toEqual(calls.map((_call, index) => index + 1));
    expect(calls[0]).toMatchObject({ outcome: 'failed' });
    expect(calls.at(-1)).toMatchObject({ outcome: 'ok' });
  });

  it('that makes no sense is refused before anybody is told', async () => {
    const raised = aNotification({ class: 'gossip' as never });

    await expect((await startNotification(mandate.client, raised)).result()).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message: expect.stringContaining('class') as string },
    });
  });
});
