import { CancellationScope, setHandler } from '@temporalio/workflow';
import type { DispatchOutcome } from '../contract/dispatch.ts';
import type { SignedDraft } from '../contract/effect.ts';
import { DraftRecord } from './draft-record.ts';
import { findOut } from './find-out.ts';
import { handlersFinished } from './handlers-finished.ts';
import { dispatchStateQuery, reconcileUpdate } from './messages.ts';
import { reconcile } from './reconcile.ts';

/**
 * Takes up a claim whose dispatch was terminated or deleted, under the dispatch's own id: what it began has an outcome,
 * and nobody else would look for it. Begins nothing. Ends when a witness or a person has settled it.
 */
export async function reconciliation(signed: SignedDraft): Promise<DispatchOutcome> {
  const { draft } = signed;
  const record = new DraftRecord(
    {
      draftId: draft.id,
      action: { kind: draft.kind, target: draft.target, payload: draft.payload },
      agent: draft.agent,
      run: draft.run,
      createdAtMs: Date.parse(draft.createdAt),
      expiresAtMs: Date.parse(draft.expiresAt),
    },
    { status: 'approved' },
  );
  setHandler(dispatchStateQuery, () => record.outcome(), { description: 'how the draft stands' });
  setHandler(reconcileUpdate, (payload) => reconcile(record, signed, payload), {
    description: 'settles an unknown outcome: {by, outcome: happened | did_not_happen, url?, reason?}',
  });

  // What has begun ends in its true outcome, whoever cancels.
  await CancellationScope.nonCancellable(async () => {
    record.orphaned();
    await record.flush();
    const found = await findOut(
      record,
      signed,
      'Its dispatch was terminated or deleted while the effect was under way.',
    );
    if (found.result === 'executed') record.settled({ receipt: found.receipt });
    else if (found.result === 'execute_failed') record.settled({ error: found.error });
    // Adopted only because there is a claim, and a claim is never taken back.
    else if (found.result !== 'settled') throw new Error(`Draft ${draft.id} has no claim of ours: ${found.error}`);
  });
  await record.flush();
  await handlersFinished();
  return record.outcome();
}
