import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import { createMandate } from '../../src/client.ts';
import type { ApprovalStatus } from '../../src/contract/approval.ts';
import type { ApprovalRequestInput } from '../../src/contract/approval-request.ts';
import { requestIdOf } from '../../src/contract/ids.ts';
import { openingOf } from '../../src/workflows/approval-opening.ts';
import { decideUpdate, inboxItemQuery, rejectSignal, supersedeSignal } from '../../src/workflows/messages.ts';
import {
  MandateApprovers,
  MandateDeadline,
  MandatePriority,
  MandateRun,
  MandateStatus,
} from '../../src/workflows/search-attributes.ts';
import { aRequest, ask, eventsOf } from '../support/ask.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { until } from '../support/until.ts';

let mandate: Mandate;
beforeAll(async () => {
  mandate = await startMandate();
});
afterAll(async () => mandate.stop());

type Handle = Awaited<ReturnType<typeof ask>>;

const open = (overrides: Partial<ApprovalRequestInput> = {}): Promise<Handle> => ask(mandate.client, overrides);

function update(handle: WorkflowHandle, decision: unknown): ReturnType<typeof handle.executeUpdate> {
  return handle.executeUpdate(decideUpdate, { args: [decision] });
}

/** An answer does not wait for its record where the ledger is slow. */
function untilRecorded({ workflowId }: Handle, entries: number): Promise<boolean> {
  return until(`${entries} entries`, async () => (await mandate.recorded(workflowId)).length >= entries);
}

describe('the five ends of an approval', () => {
  it('ends approved when an approver approves', async () => {
    const handle = await open();

    await handle.signal('approve', 'ana');
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'approved', decisions: [{ by: 'ana', verdict: 'approve' }] });
    expect(await mandate.recorded(handle.workflowId)).toEqual([
      'approval.requested',
      'approval.decision',
      'approval.ended',
    ]);
  });

  it('ends rejected when an approver rejects with a reason', async () => {
    const handle = await open({ rule: { quorum: 2 } });

    await handle.signal('approve', 'ana');
    await handle.signal(rejectSignal, { by: 'ben', reason: 'not on a Friday' });
    const result = await handle.result();

    expect(result.status).toBe('rejected');
    expect(result.decisions).toMatchObject([
      { by: 'ana', verdict: 'approve' },
      { by: 'ben', verdict: 'reject', reason: 'not on a Friday' },
    ]);
  });

  it.each<[string, object, [verdict: 'approve' | 'reject', by: string][], ApprovalStatus]>([
    [
      'a majority goes over a rejection',
      { majority: true },
      [
        ['reject', 'ana'],
        ['approve', 'ben'],
        ['approve', 'zoe'],
      ],
      'approved',
    ],
    [
      'a majority waits for more than half',
      { majority: true },
      [
        ['approve', 'ana'],
        ['reject', 'ben'],
        ['reject', 'zoe'],
      ],
      'rejected',
    ],
    [
      'without a veto one rejection is not the end',
      { veto: false },
      [
        ['reject', 'ana'],
        ['approve', 'ben'],
      ],
      'approved',
    ],
    [
      'without a veto so many rejections are that nobody is left',
      { veto: false, quorum: 2 },
      [
        ['reject', 'ana'],
        ['reject', 'ben'],
      ],
      'rejected',
    ],
  ])('ends by its rule: %s', async (_what, rule, voices, status) => {
    const handle = await open({ rule, approvers: [{ id: 'ana' }, { id: 'ben' }, { id: 'zoe' }] });

    for (const [verdict, by] of voices) await handle.signal(verdict, { by, reason: 'looked at it' });

    const result = await handle.result();
    expect(result.status).toBe(status);
    expect(result.decisions.map(({ verdict, by }) => [verdict, by])).toEqual(voices);
  });

  it.each(['reject', 'approve', 'cancelRun'] as const)(
    'ends expired(%s) when nobody decides in time',
    async (onTimeout) => {
      const handle = await open({ timeoutSeconds: 1, onTimeout });

      const result = await handle.result();

      expect(result).toMatchObject({ status: 'expired', default: onTimeout, decisions: [] });
      const [last] = (await mandate.store.ledger.entries({ run: handle.workflowId })).slice(-1);
      expect(last).toMatchObject({ type: 'approval.ended', body: { status: 'expired', default: onTimeout } });
    },
  );

  it('ends cancelled, as a result and not as a failure, when it is cancelled', async () => {
    const handle = await open();

    await handle.cancel();

    expect(await handle.result()).toMatchObject({ status: 'cancelled' });
  });

  it('ends superseded when another request takes its place', async () => {
    const handle = await open();

    await handle.signal(supersedeSignal, { by: 'gus', requestId: 'the-next-one' });

    expect(await handle.result()).toMatchObject({ status: 'superseded' });
    const superseded = (await mandate.store.ledger.entries({ run: handle.workflowId }))[1];
    expect(superseded).toMatchObject({
      type: 'approval.superseded',
      body: { supersededBy: 'the-next-one', by: 'gus' },
    });
  });

  it('tells what it was asked and how it ended after the end', async () => {
    const handle = await open();
    await handle.signal('approve', 'ana');
    await handle.result();

    const item = await handle.query(inboxItemQuery);

    expect(item).toMatchObject({ title: 'Send a note', status: 'approved', overdue: false, votes: [{ by: 'ana' }] });
  });
});

describe('a deadline that is not the end', () => {
  it('asks the next level when the first one is silent, then rejects', async () => {
    const handle = await open({
      timeoutSeconds: 1,
      onTimeout: 'escalate',
      escalation: [{ afterSeconds: 600, to: [{ id: 'zoe' }] }],
    });

    await until('zoe is asked', async () => (await handle.query(inboxItemQuery)).approvers.includes('zoe'));
    const { onTimeout } = await handle.query(inboxItemQuery);
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'expired', default: 'reject' });
    // Nobody is left to be asked next, and nobody is told so.
    expect(onTimeout).toBe('reject');
    expect(await mandate.recorded(handle.workflowId)).toEqual([
      'approval.requested',
      'approval.escalated',
      'approval.ended',
    ]);
  });

  it('is put off by a level that restarts the clock', async () => {
    const handle = await open({
      timeoutSeconds: 600,
      escalation: [{ afterSeconds: 1, to: [{ id: 'zoe' }], restartsClock: true }],
    });

    const item = await until('zoe is asked', async () => {
      const seen = await handle.query(inboxItemQuery);
      return seen.approvers.includes('zoe') && seen;
    });

    expect(Date.parse(item.deadline) - Date.parse(item.createdAt)).toBe(601_000);
    await handle.cancel();
  });

  it('lets the level that was reached decide', async () => {
    const handle = await open({ escalation: [{ afterSeconds: 1, to: [{ id: 'zoe' }] }] });
    await until('zoe is asked', async () => (await handle.query(inboxItemQuery)).approvers.includes('zoe'));

    await handle.signal('approve', 'zoe');

    expect(await handle.result()).toMatchObject({ status: 'approved', decisions: [{ by: 'zoe' }] });
  });

  it('stays open, overdue, when it is suspended, and can still be decided', async () => {
    const handle = await open({ timeoutSeconds: 1, onTimeout: 'suspend' });
    await until('it is overdue', async () => (await handle.query(inboxItemQuery)).overdue);

    await handle.signal('approve', 'ana');

    expect(await handle.result()).toMatchObject({ status: 'approved' });
    expect(await mandate.recorded(handle.workflowId)).toEqual([
      'approval.requested',
      'approval.suspended',
      'approval.decision',
      'approval.ended',
    ]);
  });
});

describe('a decision that is answered', () => {
  it('is answered with the state it leads to', async () => {
    const handle = await open({ rule: { quorum: 2 } });

    const first = await update(handle, { by: 'ana', verdict: 'approve' });
    const second = await update(handle, { by: 'ben', verdict: 'approve' });

    expect(first).toEqual({ outcome: 'accepted', status: 'pending' });
    expect(second).toEqual({ outcome: 'accepted', status: 'approved' });
    expect(await handle.result()).toMatchObject({ status: 'approved' });
  });

  it('counts once, however often it is sent', async () => {
    const handle = await open({ rule: { quorum: 2 } });
    await handle.signal('approve', 'ana');
    await handle.signal('approve', 'ana');

    const again = await update(handle, { by: 'ana', verdict: 'approve' });

    expect(again).toEqual({ outcome: 'accepted', status: 'pending', duplicate: true });
    await untilRecorded(handle, 2);
    expect(await mandate.recorded(handle.workflowId)).toEqual(['approval.requested', 'approval.decision']);
  });

  it('is refused when it contradicts what the same person has decided', async () => {
    const handle = await open({ rule: { quorum: 2 } });
    await handle.signal('approve', 'ana');

    const changed = await update(handle, { by: 'ana', verdict: 'reject', reason: 'on second thoughts' });

    expect(changed).toMatchObject({ outcome: 'AlreadyVoted', status: 'pending' });
    expect((await handle.query(inboxItemQuery)).votes).toMatchObject([{ by: 'ana', verdict: 'approve' }]);
  });

  it.each([
    ['somebody who is not asked', { by: 'mallory', verdict: 'approve' }, 'NotAnApprover'],
    ['the requester', { by: 'gus', verdict: 'approve' }, 'SelfApproval'],
    ['the acting agent', { by: 'agent-7', verdict: 'approve' }, 'SelfApproval'],
    [
      'somebody who saw another action',
      { by: 'ana', verdict: 'approve', digest: `sha256:${'0'.repeat(64)}` },
      'DigestMismatch',
    ],
    ['somebody who rejects without a reason', { by: 'ana', verdict: 'reject' }, 'Invalid'],
  ])('is refused from %s', async (_who, decision, outcome) => {
    const handle = await open({
      actingAgent: 'agent-7',
      approvers: [{ id: 'ana' }, { id: 'gus' }, { id: 'agent-7' }],
    });

    expect(await update(handle, decision)).toMatchObject({ outcome, status: 'pending', message: expect.any(String) });
    await untilRecorded(handle, 2);
    expect(await mandate.recorded(handle.workflowId)).toEqual(['approval.requested', 'approval.refused']);
  });
});

describe('an approval in lists', () => {
  it('shows itself when a plain client started it', async () => {
    const handle = await open({ priority: 'P0', run: 'run-7', risk: 'low' });

    const { typedSearchAttributes, memo } = await until('it to be listed', async () => {
      const described = await handle.describe();
      return described.typedSearchAttributes.get(MandateStatus) !== undefined && described;
    });

    expect(typedSearchAttributes.get(MandateStatus)).toBe('pending');
    expect(typedSearchAttributes.get(MandateApprovers)).toEqual(['ana', 'ben']);
    expect(typedSearchAttributes.get(MandatePriority)).toBe('P0');
    expect(typedSearchAttributes.get(MandateRun)).toBe('run-7');
    expect(typedSearchAttributes.get(MandateDeadline)).toEqual(new Date((await handle.query(inboxItemQuery)).deadline));
    expect(memo).toMatchObject({ title: 'Send a note', kind: 'note', onTimeout: 'reject', risk: 'low' });
  });

  it('spends no events on it when its starter has said so already', async () => {
    const { staticSummary: _summary, ...opening } = openingOf(aRequest(), Date.now());
    const handle = await ask(mandate.client, {}, opening);
    await until('it is open', async () => (await eventsOf(handle)).includes('timerStartedEventAttributes'));

    expect(await eventsOf(handle)).not.toContain('upsertWorkflowSearchAttributesEventAttributes');
    expect(await eventsOf(handle)).not.toContain('workflowPropertiesModifiedEventAttributes');
  });

  it('asks a hundred people with long names in any script', async () => {
    const approvers = Array.from({ length: 100 }, (_, index) => ({ id: `${'利用者'.repeat(60)}-${index}` }));
    const handle = await open({ approvers, title: '本番環境へ公開する'.repeat(22) });

    await handle.signal('approve', approvers[99]?.id);

    expect(await handle.result()).toMatchObject({ status: 'approved' });
  });

  it.each([
    ['nobody who is asked may decide', { approvers: [{ id: 'gus' }] }, /rule\.quorum/],
    ['silence would allow what cannot be undone', { irreversible: true, onTimeout: 'approve' as const }, /onTimeout/],
    ['its digest is of something else', { digest: `sha256:${'0'.repeat(64)}` as const }, /digest/],
    ['a field is unknown', { aprovers: [] }, /aprovers/],
  ])('is not asked at all when %s', async (_why, overrides: object, message) => {
    const handle = await open(overrides);

    await expect(handle.result()).rejects.toMatchObject({ cause: { message: expect.stringMatching(message) } });
    expect(await mandate.recorded(handle.workflowId)).toEqual([]);
    await expect(createMandate(mandate.client).request(requestIdOf(handle.workflowId))).rejects.toMatchObject({
      type: expect.stringMatching(/^Invalid(Request|Input)$/),
      message: expect.stringMatching(/was refused: /),
    });
  });
});

it('is not asked under a workflow id that would give it the request id of another', async () => {
  const handle = await open();
  const requestId = requestIdOf(handle.workflowId);

  const twin = await ask(mandate.client, {}, { workflowId: requestId });

  await expect(twin.result()).rejects.toMatchObject({
    cause: { type: 'InvalidInput', message: expect.stringContaining(`start it as approval/${requestId}`) },
  });
  await handle.cancel();
});
