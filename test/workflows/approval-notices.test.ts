import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideUpdate, inboxItemQuery } from '../../src/workflows/messages.ts';
import { ask } from '../support/ask.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startOperator } from '../support/operator.ts';
import type { Operator } from '../support/operator.ts';
import { reset, resetPoints } from '../support/resets.ts';
import { until } from '../support/until.ts';

interface Told {
  readonly class: string;
  readonly to: readonly string[];
  readonly priority: string;
  readonly message: string;
  readonly details: { readonly requestId: string; readonly digest: string; readonly status: string };
}

let operator: Operator;
let mandate: Mandate;
beforeAll(async () => {
  operator = await startOperator();
  const config = path.join(os.tmpdir(), `mandate-notices-${process.pid}.yaml`);
  await writeFile(config, 'approvals: { notify: [ops] }\n');
  mandate = await startMandate({ roles: ['worker'], env: { ...operator.env, MANDATE_CONFIG: config } });
});
afterAll(async () => {
  await mandate.stop();
  await operator.close();
});
beforeEach(() => operator.answer(204));

const idOf = ({ workflowId }: { readonly workflowId: string }): string => workflowId.replace('approval/', '');

function toldOf(handle: { readonly workflowId: string }): Told[] {
  const events = operator.received.map(({ event }) => event.data as Told);
  return events.filter(({ details }) => details.requestId === idOf(handle));
}

/** By class: what is told shortly after something else may be delivered before it. */
function toldByClass(handle: { readonly workflowId: string }): Told[] {
  return toldOf(handle).sort((a, b) => a.class.localeCompare(b.class));
}

function untilTold(handle: { readonly workflowId: string }, ...classes: string[]): Promise<boolean> {
  const of = (): string[] => toldOf(handle).map((told) => told.class);
  return until(`${classes.join(', ')} were told`, () => classes.every((its) => of().includes(its)));
}

describe('those who are asked', () => {
  it('are told of the request, and how it ended', async () => {
    const handle = await ask(mandate.client);
    await untilTold(handle, 'approval_required');

    await handle.signal('approve', 'ana');
    await handle.result();
    await untilTold(handle, 'approval_ended');

    expect(toldOf(handle)).toMatchObject([
      { class: 'approval_required', to: ['ana', 'ben'], priority: 'P1', details: { status: 'pending' } },
      {
        class: 'approval_ended',
        to: ['ana', 'ben'],
        message: 'Send a note: approved.',
        details: { status: 'approved' },
      },
    ]);
  });

  it('hear the end where they heard of it, also when a route of their priority tells it elsewhere', async () => {
    const time = new Date().toISOString();
    const change = { route: 'approval_ended/P3' as const, channels: ['log'], by: 'a-draft', time };
    await mandate.store.routes.change(change, () => []);
    const handle = await ask(mandate.client, { priority: 'P3' });
    await untilTold(handle, 'approval_required');

    await handle.signal('approve', 'ana');
    await handle.result();

    await untilTold(handle, 'approval_ended');
    const over = async (): Promise<unknown[]> =>
      (await mandate.store.ledger.entries({ run: handle.workflowId }))
        .filter(({ type, body }) => type === 'notification.sent' && body['class'] === 'approval_ended')
        .map(({ body }) => body['channel']);
    await until('it was told over both', async () => (await over()).length === 2);
    expect(new Set(await over())).toEqual(new Set(['log', 'ops']));
  });

  it('are told when another has changed what is asked about, and not who changed it', async () => {
    const handle = await ask(mandate.client, { editable: ['text'], rule: { quorum: 2 } });
    const edits = { text: 'Ship it on Tuesday.' };

    await handle.executeUpdate(decideUpdate, { args: [{ by: 'ana', verdict: 'approve', edits }] });
    await untilTold(handle, 'approval_edited');

    const { digest } = await handle.query(inboxItemQuery);
    expect(toldOf(handle).find((told) => told.class === 'approval_edited')).toMatchObject({
      to: ['ben'],
      details: { digest },
    });
    await handle.cancel();
  });

  it('are reminded while they have not decided, and nobody else is', async () => {
    // There before the first task, the vote comes before any reminder.
    await mandate.rest(['worker']);
    const handle = await ask(mandate.client, { timeoutSeconds: 30, reminders: [0.01, 0.5], rule: { quorum: 2 } });
    await handle.signal('approve', 'ana');
    await mandate.work(['worker']);

    const result = await handle.result();
    await untilTold(handle, 'approval_ended');
    await until('the reminders are told too', () => toldOf(handle).length >= 4);

    expect(result.status).toBe('expired');
    const reminders = toldOf(handle).filter((told) => told.class === 'approval_reminder');
    expect(reminders).toMatchObject([{ to: ['ben'] }, { to: ['ben'] }]);
    expect(toldByClass(handle)[0]).toMatchObject({ class: 'approval_ended', message: 'Send a note: expired(reject).' });
  });

  it('are told at each level, those who are new; all of them hear the end', async () => {
    const handle = await ask(mandate.client, { reminders: [], escalation: [{ afterSeconds: 1, to: [{ id: 'zoe' }] }] });
    await untilTold(handle, 'approval_escalated');

    await handle.signal('reject', { by: 'zoe', reason: 'no' });
    await handle.result();
    await untilTold(handle, 'approval_required', 'approval_ended');

    expect(toldByClass(handle)).toMatchObject([
      { class: 'approval_ended', to: ['ana', 'ben', 'zoe'] },
      { class: 'approval_escalated', to: ['zoe'] },
      { class: 'approval_required', to: ['ana', 'ben'] },
    ]);
  });

  it('are told that what is overdue stands still', async () => {
    const handle = await ask(mandate.client, { timeoutSeconds: 1, onTimeout: 'suspend', reminders: [] });

    await untilTold(handle, 'approval_reminder');

    expect(toldOf(handle).find((told) => told.class === 'approval_reminder')).toMatchObject({
      message: expect.stringContaining('overdue'),
    });
    await handle.cancel();
  });
});

describe('a request under an id that was used before', () => {
  it('is told to those who are asked, though the earlier one was terminated before anybody decided', async () => {
    const handle = await ask(mandate.client);
    await untilTold(handle, 'approval_required');
    await handle.terminate('wiped out');

    const anew = await ask(mandate.client, {}, { workflowId: handle.workflowId });
    await anew.signal('approve', 'ana');
    await anew.result();
    await untilTold(anew, 'approval_ended');

    await until('both are told', () => toldOf(anew).length >= 3);
    expect(toldByClass(anew).map((told) => told.class)).toEqual([
      'approval_ended',
      'approval_required',
      'approval_required',
    ]);
  });

  it('is told to nobody twice when it is the same one, reset to its beginning', async () => {
    const handle = await ask(mandate.client);
    await untilTold(handle, 'approval_required');
    const { runId } = await handle.describe();

    const again = await reset(mandate, handle, runId, (await resetPoints(handle))[0] ?? 0);
    await mandate.client.workflow.getHandle(handle.workflowId).signal('approve', 'ana');
    await again.result();
    await untilTold(handle, 'approval_ended');

    expect(toldOf(handle).map((told) => told.class)).toEqual(['approval_required', 'approval_ended']);
  });
});

describe('a receiver that is down', () => {
  it('fails nothing, and the ledger has it', async () => {
    operator.answer(503);
    const handle = await ask(mandate.client);
    await handle.signal('approve', 'ana');

    expect(await handle.result()).toMatchObject({ status: 'approved' });
    await until('the failure is recorded', async () =>
      (await mandate.recorded(handle.workflowId)).includes('notification.failed'),
    );
  });
});

describe('a priority that asks for independent channels', () => {
  let critical: Mandate;
  let other: Operator;
  beforeAll(async () => {
    other = await startOperator();
    const config = path.join(os.tmpdir(), `mandate-critical-${process.pid}.yaml`);
    await writeFile(config, 'approvals: { notify: [ops], requireChannels: { P0: 2 } }\n');
    const elsewhere = other.url.replace('127.0.0.1', 'localhost');
    critical = await startMandate({
      roles: ['worker'],
      namespace: 'critical',
      env: {
        ...operator.env,
        MANDATE_NOTIFY_WEBHOOKS: `ops ${operator.url}, same ${operator.url}, pager ${elsewhere}`,
        MANDATE_CONFIG: config,
      },
    });
  });
  afterAll(async () => {
    await critical.stop();
    await other.close();
  });

  it('is refused over one alone, also by two names', async () => {
    for (const channels of [undefined, ['ops', 'same'], ['ops', 'log']]) {
      const handle = await ask(critical.client, { priority: 'P0', ...(channels === undefined ? {} : { channels }) });

      await expect(handle.result()).rejects.toMatchObject({
        cause: { type: 'InvalidRequest', message: expect.stringContaining('P0 asks for 2 independent channels') },
      });
    }
  });

  it('goes over both, and operators hear when one did not deliver', async () => {
    // Its secret is another, so it takes nothing.
    const handle = await ask(critical.client, { priority: 'P0', channels: ['ops', 'pager'] });

    await until('operators know', async () =>
      (await critical.store.ledger.entries({ run: handle.workflowId })).some(
        ({ body }) => body['class'] === 'approval_undelivered',
      ),
    );
    const sent = (await critical.store.ledger.entries({ run: handle.workflowId })).map(({ type, body }) => [
      type,
      body['class'],
      body['channel'],
    ]);
    expect(sent).toContainEqual(['notification.sent', 'approval_required', 'ops']);
    expect(sent).toContainEqual(['notification.failed', 'approval_required', 'pager']);
    expect(sent).toContainEqual(['notification.sent', 'approval_undelivered', 'log']);
    await handle.cancel();
  });

  it('asks nothing of other priorities', async () => {
    const handle = await ask(critical.client);

    await handle.signal('approve', 'ana');

    expect(await handle.result()).toMatchObject({ status: 'approved' });
  });
});

it('a request over a channel that is not there is refused when it is made', async () => {
  const handle = await ask(mandate.client, { channels: ['carrier-pigeon'] });

  await expect(handle.result()).rejects.toMatchObject({
    cause: { type: 'InvalidRequest', message: expect.stringContaining('carrier-pigeon is not configured') },
  });
});
