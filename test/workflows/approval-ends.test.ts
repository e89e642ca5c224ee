import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalRequestInput, InboxItem } from '../../src/contract/approval-request.ts';
import { decideUpdate, inboxItemQuery, supersedeSignal } from '../../src/workflows/messages.ts';
import { addMailed, answeredByMail } from '../support/answered-mails.ts';
import { ask, eventsOf } from '../support/ask.ts';
import { startLateWorker } from '../support/late-ledger.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { until } from '../support/until.ts';

let mandate: Mandate;
beforeAll(async () => {
  mandate = await startMandate({ roles: [] });
  await addMailed(mandate, 'mia');
});
afterAll(async () => mandate.stop());

type Handle = Awaited<ReturnType<typeof ask>>;

async function asked(overrides: Partial<ApprovalRequestInput>): Promise<{ handle: Handle; item: InboxItem }> {
  const handle = await ask(mandate.client, { reminders: [], ...overrides });
  await until('it is asked', async () => (await mandate.recorded(handle.workflowId)).length > 0);
  return { handle, item: await handle.query(inboxItemQuery) };
}

async function recorded({ workflowId }: Handle, type: string): Promise<Record<string, unknown>[]> {
  const entries = await mandate.store.ledger.entries({ run: workflowId });
  return entries.filter((entry) => entry.type === type).map(({ body }) => body);
}

const untilMs = (ms: number): Promise<void> => sleep(Math.max(ms - Date.now(), 0));

describe('an end that was recorded before its task was refused', () => {
  let stop: () => Promise<void>;
  const told = new Set<string>();
  beforeAll(async () => {
    // Late once: the task that is done again finds what was recorded.
    stop = await startLateWorker(mandate, async (facts) => {
      for (const { run } of facts.filter(({ type }) => type === 'approval.ended')) {
        if (told.has(run)) continue;
        told.add(run);
        await sleep(4_000);
      }
    });
  });
  afterAll(async () => stop());

  /** Says something to a request while its end is being recorded. */
  async function sayBetween(handle: Handle, payload: object): Promise<void> {
    await until('its end is recorded', () => told.has(handle.workflowId));
    await handle.signal('approve', payload);
  }

  async function expectOneEnd(handle: Handle, status: string): Promise<void> {
    expect(await handle.result()).toMatchObject({ status });
    expect(await eventsOf(handle)).toContain('workflowTaskFailedEventAttributes');
    expect(await recorded(handle, 'approval.ended')).toMatchObject([{ status }]);
  }

  it.each([
    ['cancelled', (handle: Handle) => handle.cancel()],
    ['superseded', (handle: Handle) => handle.signal(supersedeSignal, { by: 'gus', requestId: 'another' })],
  ])('is the end when the deadline passes meanwhile: %s', async (status, end) => {
    const { handle, item } = await asked({ timeoutSeconds: 6, onTimeout: 'approve' });

    await untilMs(Date.parse(item.deadline) - 2_500);
    await end(handle);
    await sayBetween(handle, { by: 'ana' });

    await expectOneEnd(handle, status);
    const [refused] = await recorded(handle, 'approval.refused');
    expect(refused).toMatchObject({ by: 'ana', outcome: 'AlreadyDecided' });
  });

  it('is the end when a decision comes that was given in time', async () => {
    const { handle, item } = await asked({ approvers: [{ id: 'mia' }], timeoutSeconds: 3 });
    const receivedAt = new Date(Date.parse(item.deadline) - 1_000).toISOString();
    const inTime = await answeredByMail(mandate, 'mia', item, receivedAt);

    await sayBetween(handle, inTime);

    await expectOneEnd(handle, 'expired');
    expect(await recorded(handle, 'approval.decision')).toEqual([]);
    expect(await recorded(handle, 'approval.refused')).toMatchObject([{ by: 'mia', outcome: 'TooLate' }]);
  });
});

describe('a decision that is taken up together with the deadline', () => {
  /** The worker is away from before the deadline until this has been said after it. */
  async function saidAfterDeadline<T>(item: InboxItem, say: () => Promise<T>): Promise<T> {
    await mandate.rest();
    await untilMs(Date.parse(item.deadline) + 300);
    const saying = say();
    await sleep(500);
    await mandate.work(['worker']);
    return saying;
  }

  beforeAll(() => mandate.work(['worker']));
  afterAll(() => mandate.rest());

  it('is told that it came too late, and changes nothing', async () => {
    const { handle, item } = await asked({ timeoutSeconds: 4 });

    const answer = await saidAfterDeadline(item, () =>
      handle.executeUpdate(decideUpdate, { args: [{ by: 'ana', verdict: 'approve' }] }),
    );

    expect(answer).toMatchObject({ outcome: 'TooLate', status: 'expired', deadline: item.deadline });
    expect(await handle.result()).toMatchObject({ status: 'expired', default: 'reject', decisions: [] });
    expect(await recorded(handle, 'approval.ended')).toMatchObject([{ status: 'expired' }]);
  });

  it('counts when it was given before it: the end has not been recorded', async () => {
    const { handle, item } = await asked({ approvers: [{ id: 'mia' }], timeoutSeconds: 4 });
    const receivedAt = new Date(Date.parse(item.deadline) - 1_000).toISOString();
    const inTime = await answeredByMail(mandate, 'mia', item, receivedAt);

    const answer = await saidAfterDeadline(item, () =>
      handle.executeUpdate(decideUpdate, { args: [{ verdict: 'approve', ...inTime }] }),
    );

    expect(answer).toMatchObject({ outcome: 'accepted', status: 'approved' });
    expect(await handle.result()).toMatchObject({ status: 'approved', endedAt: receivedAt });
    expect(await recorded(handle, 'approval.ended')).toMatchObject([{ status: 'approved' }]);
  });
});
