import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { SignedDraft } from '../contract/draft.ts';
import { readClaim } from './activities.ts';
import type { DraftRecord } from './draft-record.ts';
import { findOut } from './find-out.ts';

/**
 * After a reset, a draft may be about to end as one that never began (it has expired meanwhile, or people say no this
 * time) although an earlier execution of this dispatch has begun it. What happened stays true: then that is its end.
 */
export async function adoptEarlierAttempt(draft: DraftRecord, signed: SignedDraft | undefined): Promise<void> {
  const { runId, originalExecutionRunId, workflowId: owner } = workflowInfo();
  if (runId === originalExecutionRunId || !draft.endsUnbegun()) return;
  await CancellationScope.nonCancellable(async () => {
    const claim = await readClaim({ draftId: draft.name.id, digest: draft.digest, owner });
    if (claim.found === 'unclaimed' || claim.found === 'lost_race') return;
    draft.hadBegun();
    const found = await findOut(draft, signed, 'An attempt from before a reset did not report back.');
    if (found.result === 'executed') draft.settled({ receipt: found.receipt });
    else if (found.result === 'execute_failed') draft.settled({ error: found.error });
  });
}
