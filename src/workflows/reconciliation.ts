import { CancellationScope, condition, setHandler, workflowInfo } from '@temporalio/workflow';
import type { DispatchOutcome } from '../contract/dispatch.ts';
import { Orphan } from '../contract/draft.ts';
import { dispatchWorkflowId } from '../contract/ids.ts';
import { failure, parseInput } from '../failures.ts';
import { DraftRecord } from './draft-record.ts';
import { findOut } from './find-out.ts';
import { handlersFinished } from './handlers-finished.ts';
import { dispatchStateQuery, reconcileUpdate } from './messages.ts';
import { reconcile } from './reconcile.ts';

/**
 * Takes up a claim whose dispatch was terminated or deleted, under the dispatch's own id: what it began has an outcome,
 * and nobody else would look for it. Begins nothing. Ends when a witness or a person has settled it.
 *
 * Takes an `Orphan`; fails as InvalidInput, also for a draft that this workflow's id has not claimed.
 */
export async function reconciliation(input: unknown): Promise<DispatchOutcome> {
  const { workflowId } = workflowInfo();
  const { signed, owner, ...orphan } = parseInput(Orphan, input, `Reconciliation ${workflowId}`);
  // Whoever has the dispatch's own id knows that it is gone, whatever the claim calls its owner.
  const claimedBy = workflowId === dispatchWorkflowId(orphan.id) ? (owner ?? workflowId) : workflowId;
  // It is past its life, or not; nothing begins here.
  const draft = new DraftRecord({ ...orphan, target: signed?.draft.target, expiresAtMs: 0 }, { status: 'approved' });
  setHandler(dispatchStateQuery, () => draft.outcome(), { description: 'how the draft stands' });
  const settle = async (payload: unknown) => {
    // Whoever was told of the orphan may come while the first look is under way; what he says counts after it.
    await CancellationScope.nonCancellable(() => condition(() => draft.status !== 'approved'));
    return reconcile(draft, payload);
  };
  setHandler(reconcileUpdate, settle, {
    description: 'settles an unknown outcome: {by, outcome: happened | did_not_happen, url?, reason?}',
  });

  // What has begun ends in its true outcome, whoever cancels.
  await CancellationScope.nonCancellable(async () => {
    draft.orphaned();
    const found = await findOut(
      draft,
      signed,
      'Its dispatch was terminated or deleted while it was under way.',
      claimedBy,
    );
    switch (found.result) {
      case 'executed':
        return draft.settled({ receipt: found.receipt });
      case 'execute_failed':
        return draft.settled({ error: found.error });
      case 'settled':
        return;
      case 'lost_race':
      case 'nothing_started':
        throw failure(
          'InvalidInput',
          `Draft ${orphan.id} has not been claimed by ${workflowId}; nothing is to be settled.`,
        );
    }
  });
  await draft.flush();
  await handlersFinished();
  return draft.outcome();
}
