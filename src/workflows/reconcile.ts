import { CancellationScope } from '@temporalio/workflow';
import { Reconciliation } from '../contract/dispatch.ts';
import type { ReconcileAnswer } from '../contract/dispatch.ts';
import { describeIssues } from '../contract/issues.ts';
import { isSettled } from '../policy/draft-status.ts';
import { settlements } from './activities.ts';
import type { DraftRecord } from './draft-record.ts';

/** Settles an unknown outcome by a person's word. The first settlement stands, whoever it comes from. */
export async function reconcile(draft: DraftRecord, payload: unknown): Promise<ReconcileAnswer> {
  const parsed = Reconciliation.safeParse(payload);
  if (!parsed.success) {
    return { outcome: 'Invalid', status: draft.status, message: describeIssues(parsed.error, payload) };
  }
  if (draft.status !== 'needs_reconciliation') {
    const message = `The outcome is not unknown: the draft is ${draft.status}. There is nothing to reconcile.`;
    return { outcome: isSettled(draft.status) ? 'AlreadySettled' : 'NotUnknown', status: draft.status, message };
  }
  const { by, outcome, url, reason } = parsed.data;
  // A dispatch that was cancelled waits for its true outcome all the same.
  const settled = await CancellationScope.nonCancellable(() =>
    settlements.settle({
      draft: draft.name,
      by,
      outcome,
      ...(url === undefined ? {} : { url }),
      ...(reason === undefined ? {} : { reason }),
    }),
  );
  draft.limitersTold(settled.alerts);
  // A look, or another person, may have come first while this one was being written.
  if (!isSettled(draft.status)) {
    draft.settled(settled.found === 'executed' ? { receipt: settled.receipt } : { error: settled.error });
  }
  if (settled.first) return { outcome: 'accepted', status: draft.status };
  return {
    outcome: 'AlreadySettled',
    status: draft.status,
    message: `The outcome had been settled already: the draft is ${draft.status}.`,
  };
}
