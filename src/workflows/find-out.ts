import { condition, workflowInfo } from '@temporalio/workflow';
import type { SignedDraft } from '../contract/draft.ts';
import type { CarryOutResult, LookUpResult } from '../contract/effect.ts';
import { executor, readClaim } from './activities.ts';
import type { DraftRecord } from './draft-record.ts';

// After an unknown outcome: how long each look follows the one before. Then only a person can settle it.
const LOOKS_SECONDS = [2, 10, 60, 600, 3_600];

// A witness that answers by then spares the operator an alert. Together with the heartbeat timeout it keeps within the
// minute in which a claim without a settlement has to show.
const FIRST_LOOK_MS = 10_000;

type Found = Extract<CarryOutResult, { result: 'executed' | 'execute_failed' | 'lost_race' | 'nothing_started' }>;

/**
 * Finds out what became of an attempt that did not say: by the claim, by the kind's witness, or by a person. Returns
 * `settled` when a person was first.
 */
export async function findOut(
  draft: DraftRecord,
  signed: SignedDraft | undefined,
  error: string,
  owner = workflowInfo().workflowId,
): Promise<Found | { readonly result: 'settled' }> {
  const claim = await readClaim(draft.query(owner));
  draft.claimedAs(claim);
  switch (claim.found) {
    case 'executed':
      return { result: 'executed', receipt: claim.receipt };
    case 'execute_failed':
      return { result: 'execute_failed', error: claim.error };
    case 'lost_race':
      return { result: 'lost_race', error: 'Another dispatch had claimed this draft.' };
    case 'unclaimed':
      return { result: 'nothing_started', error: 'The executor went away before it had begun.' };
    case 'open':
      return signed === undefined ? waitForPerson(draft, error) : lookUntilSettled(draft, signed, error, owner);
  }
}

async function lookUntilSettled(
  draft: DraftRecord,
  signed: SignedDraft,
  error: string,
  owner: string,
): Promise<Found | { readonly result: 'settled' }> {
  const look = new Look(draft, signed, owner);
  await condition(() => look.done, FIRST_LOOK_MS, { summary: 'a first look by the witness' });
  if (look.found !== undefined) return look.found;
  draft.unknown(error);
  await draft.flush();
  for (const seconds of LOOKS_SECONDS) {
    await condition(() => draft.isSettled() || look.found !== undefined, seconds * 1_000, {
      summary: 'outcome unknown: then look again',
    });
    if (draft.isSettled()) return { result: 'settled' };
    if (look.found !== undefined) return look.found;
    look.again();
    await condition(() => draft.isSettled() || look.done);
    if (draft.isSettled()) return { result: 'settled' };
    if (look.found !== undefined) return look.found;
  }
  return waitForPerson(draft, error);
}

async function waitForPerson(draft: DraftRecord, error: string): Promise<{ readonly result: 'settled' }> {
  if (draft.status !== 'needs_reconciliation') draft.unknown(error);
  await draft.flush();
  await condition(() => draft.isSettled());
  return { result: 'settled' };
}

/** A look by the executor, which may be away: whoever waits for it must be able to do something else meanwhile. */
class Look {
  done = false;
  found: Found | undefined;
  private readonly draft: DraftRecord;
  private readonly signed: SignedDraft;
  private readonly owner: string;

  constructor(draft: DraftRecord, signed: SignedDraft, owner: string) {
    this.draft = draft;
    this.signed = signed;
    this.owner = owner;
    this.begin();
  }

  /** Looks once more, unless the look before is still under way. */
  again(): void {
    if (this.done) this.begin();
  }

  private begin(): void {
    this.done = false;
    void this.look();
  }

  private async look(): Promise<void> {
    const { draft, signature } = this.signed;
    try {
      const seen = await executor.lookUp({ draft, signature, owner: this.owner, ...this.draft.edit() });
      this.draft.limitersTold(seen.alerts ?? []);
      this.found = readLook(seen);
      if (seen.found === 'unknown') this.draft.notSeen(seen.why);
    } catch {
      // It is tried for ever, so this is an operator's doing; a look that failed has seen nothing.
    } finally {
      this.done = true;
    }
  }
}

function readLook(seen: LookUpResult): Found | undefined {
  switch (seen.found) {
    case 'executed':
      return { result: 'executed', receipt: seen.receipt };
    case 'execute_failed':
      return { result: 'execute_failed', error: seen.error };
    // A claim is never taken back, so these cannot be; what cannot be is no ground to begin anything.
    case 'lost_race':
    case 'unclaimed':
    case 'unknown':
      return undefined;
  }
}
