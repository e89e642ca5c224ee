import { CancellationScope } from '@temporalio/workflow';
import type { SignedDraft } from '../contract/draft.ts';
import type { ClaimFound } from '../contract/effect.ts';
import { readClaim, withdraw } from './activities.ts';
import type { DraftRecord } from './draft-record.ts';
import { findOut } from './find-out.ts';

/**
 * A draft that is about to end as one that never began may have begun all the same: in an execution from before a reset,
 * or in an attempt that was given up. What happened stays true, so the claim is asked; in every execution alike, since a
 * reset replays what the one before it did.
 */
export async function adoptEarlierAttempt(draft: DraftRecord, signed: SignedDraft | undefined): Promise<void> {
  if (!draft.endsUnbegun()) return;
  await CancellationScope.nonCancellable(async () => {
    const claim = await closeClaim(draft);
    if (claim.found === 'unclaimed' || claim.found === 'lost_race') return;
    draft.hadBegun();
    const found = await findOut(draft, signed, 'An earlier attempt did not report back.');
    if (found.result === 'executed') draft.settled({ receipt: found.receipt });
    else if (found.result === 'execute_failed') draft.settled({ error: found.error });
  });
}

/** How the draft stands by its claim; where an attempt could still make one, it cannot from then on. */
export function closeClaim(draft: DraftRecord): Promise<ClaimFound> {
  const { draftId: _draftId, ...query } = draft.query();
  if (!draft.givenUp) return readClaim(draft.query());
  return withdraw({ draft: draft.name, ...query, reason: 'withdrawn' });
}
