import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalRequestInput, DecisionAnswer, InboxItem } from '../../src/contract/approval-request.ts';
import { decideUpdate, inboxItemQuery, supersedeSignal } from '../../src/workflows/messages.ts';
import { addMailed, answeredByMail } from '../support/answered-mails.ts';
import { ask, untilTaken } from '../support/ask.ts';
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

async function asked(
  overrides: Partial<ApprovalRequestInput>,
  options: Parameters<typeof ask>[2] = {},
): Promise<{ handle: Handle; item: InboxItem }> {
  const handle = await ask(mandate.client, { reminders: [], ...overrides }, options);
  await until('it is asked', async () => (await mandate.recorded(handle.workflowId)).length > 0);
  return { handle, item: await handle.query(inboxItemQuery) };
}

async function recorded({ workflowId }: Handle, type: string): Promise<Record<string, unknown>[]> {
  const entries = await mandate.store.ledger.entries({ run: workflowId });
  return entries.filter((entry) => entry.type === type).map(({ body }) => body);
}

const untilMs = (ms: number): Promise<void> => sleep(Math.max(ms - Date.now(), 0));

describe('an end whose record takes its time', () => {
  let stop: () => Promise<void>;
  const told = new Set<string>();
  const said = new Set<string>();
  beforeAll(async () => {
    stop = await startLateWorker(mandate, async (facts) => {
      for (const { run } of facts.filter(({ type }) => type === 'approval.ended')) {
        told.add(run);
        await until('something is said meanwhile', () => said.has(run));
      }
    });
  });
  afterAll(async () => stop());

  /** Says something to a request while its end is being recorded, and lets its deadline pass before that has an answer. */
  async function sayBetween(handle: Handle, { deadline }: InboxItem, payload: object): Promise<void> {
    await until('its end is recorded', () => told.has(handle.workflowId));
    await handle.signal('approve', payload);
    await untilMs(Date.parse(deadline) + 300);
    said.add(handle.workflowId);
  }

  async function expectOneEnd(handle: Handle, status: string): Promise<void> {
    expect(await handle.result()).toMatchObject({ status });
    expect(await recorded(handle, 'approval.ended')).toMatchObject([{ status }]);
  }

  it.each([
    ['cancelled', (handle: Handle) => handle.cancel()],
    ['superseded', (handle: Handle) => handle.signal(supersedeSignal, { by: 'gus', requestId: 'another' })],
  ])('is the end when the deadline passes meanwhile: %s', async (status, end) => {
    const { handle, item } = await asked({ timeoutSeconds: 15, onTimeout: 'approve' });

    await end(handle);
    await sayBetween(handle, item, { by: 'ana' });

    await expectOneEnd(handle, status);
    const [refused] = await recorded(handle, 'approval.refused');
    expect(refused).toMatchObject({ by: 'ana', outcome: 'AlreadyDecided' });
  });

  it('is the end when a decision comes that was given in time', async () => {
    const { handle, item } = await asked({ approvers: [{ id: 'mia' }], timeoutSeconds: 3 });
    const receivedAt = new Date(Date.parse(item.deadline) - 1_000).toISOString();
    const inTime = await answeredByMail(mandate, 'mia', item, receivedAt);

    await sayBetween(handle, item, inTime);

    await expectOneEnd(handle, 'expired');
    expect(await recorded(handle, 'approval.decision')).toEqual([]);
    expect(await recorded(handle, 'approval.refused')).toMatchObject([{ by: 'mia', outcome: 'TooLate' }]);
  });
});

describe('a decision that is taken up together with the deadline', () => {
  /** The worker is away from before the deadline until this has been said after it. */
  async function saidAfterDeadline(handle: Handle, item: InboxItem, decision: object): Promise<DecisionAnswer> {
    await mandate.rest();
    await untilMs(Date.parse(item.deadline) + 300);
    const updateId = randomUUID();
    const saying = handle.executeUpdate(decideUpdate, { updateId, args: [{ verdict: 'approve', ...decision }] });
    await untilTaken(handle, updateId);
    await mandate.work(['worker']);
    return saying;
  }

  beforeAll(() => mandate.work(['worker']));
  afterAll(() => mandate.rest());

  it('is told that it came too late, and changes nothing', async () => {
    const { handle, item } = await asked({ timeoutSeconds: 15 });

    const answer = await saidAfterDeadline(handle, item, { by: 'ana' });

    expect(answer).toMatchObject({ outcome: 'TooLate', status: 'expired', deadline: item.deadline });
    expect(await handle.result()).toMatchObject({ status: 'expired', default: 'reject', decisions: [] });
    expect(await recorded(handle, 'approval.ended')).toMatchObject([{ status: 'expired' }]);
  });

  it('counts when it was given before it: the end has not been recorded', async () => {
    const { handle, item } = await asked({ approvers: [{ id: 'mia' }], timeoutSeconds: 15 });
    const receivedAt = new Date(Date.parse(item.deadline) - 1_000).toISOString();
    const inTime = await answeredByMail(mandate, 'mia', item, receivedAt);

    const answer = await saidAfterDeadline(handle, item, inTime);

    expect(answer).toMatchObject({ outcome: 'accepted', status: 'approved' });
    expect(await handle.result()).toMatchObject({ status: 'approved', endedAt: receivedAt });
    expect(await recorded(handle, 'approval.ended')).toMatchObject([{ status: 'approved' }]);
  });
});
