import { digestOf } from '../contract/canonical.ts';
import type { DraftName } from '../contract/draft.ts';
import type { ClaimedAs, ClaimQuery, Settled } from '../contract/effect.ts';
import type { JsonObject } from '../contract/json.ts';
import type { LimitAlert } from '../contract/limits.ts';
import { failure } from '../failures.ts';
import type { Claim } from '../store/claim.ts';
import type { Hold } from '../store/limits.ts';
import { draftFact } from './draft-fact.ts';
import type { ExecutorDeps } from './executor-deps.ts';
import type { Acted } from './kinds/kind.ts';
import { withoutSecrets } from './provider-text.ts';

/** Who says how an effect went: the attempt itself, the kind's witness, or a person. */
export type Source =
  | { readonly kind: 'attempt'; readonly provider: string | undefined }
  | { readonly kind: 'witness' }
  | { readonly kind: 'person'; readonly id: string };

/** Writes an outcome into the claim unless one stands there already, and says what stands there now. */
export async function settleOnce(
  draft: DraftName,
  acted: Acted,
  source: Source,
  { store, limits }: Pick<ExecutorDeps, 'store' | 'limits'>,
): Promise<{ found: Settled; first: boolean; alerts: readonly LimitAlert[] }> {
  const by = source.kind === 'person' ? source.id : source.kind;
  const type = source.kind === 'attempt' ? 'effect.settled' : 'effect.reconciled';
  const told = 'happened' in acted ? { receipt: acted.happened } : { error: withoutSecrets(acted.failed) };
  const outcome = 'receipt' in told ? 'completed' : 'completed_with_error';
  const settled = await store.claims.settle(
    { draftId: draft.id, outcome, by, time: new Date().toISOString(), hold: holdOf(draft, acted, source), ...told },
    limits,
    [draftFact(draft, type, digestOf(by), { status: outcome, source: source.kind, by, ...told })],
  );
  if (settled.settled) return { found: readOutcome(told), first: true, alerts: settled.alerts };
  const standing = readSettlement(settled.existing);
  if (standing === undefined) throw failure('StoreUnavailable', `The claim of draft ${draft.id} could not be settled.`);
  if (source.kind === 'attempt') {
    // Somebody settled it while the attempt was still under way: what really happened is recorded beside it.
    await store.ledger.append([draftFact(draft, 'effect.late_truth', digestOf(told), { status: outcome, ...told })]);
  }
  return { found: standing, first: false, alerts: settled.alerts };
}

/** An id that comes back with another proposal is another draft, and finds its id taken. What people edit stays the same draft. */
export function isOurs(claim: Claim, { digest, proposed, owner }: Omit<ClaimQuery, 'draftId'>): boolean {
  return claim.owner === owner && (claim.proposed ?? claim.digest) === (proposed ?? digest);
}

/** What our claim is for, where people had made something else of the action than they have now. */
export function claimedAs(claim: Claim, { digest }: Pick<ClaimQuery, 'digest'>): ClaimedAs {
  return claim.digest === digest ? {} : { digest: claim.digest };
}

/** What a claim says of its effect; undefined while nobody knows. */
export function readSettlement({ settlement }: Claim): Settled | undefined {
  if (settlement === null) return undefined;
  if (settlement.outcome === 'withdrawn')
    return { found: 'execute_failed', error: 'It was withdrawn before anything was begun.' };
  return settlement.outcome === 'completed'
    ? { found: 'executed', receipt: settlement.receipt ?? {} }
    : { found: 'execute_failed', error: settlement.error ?? '' };
}

/** A provider that asked to be left alone is, by every draft of the kind that goes to it. Only an attempt has asked it. */
function holdOf({ kind }: DraftName, acted: Acted, source: Source): Hold | undefined {
  if (source.kind !== 'attempt' || !('failed' in acted) || acted.holdSeconds === undefined) return undefined;
  const until = new Date(Date.now() + acted.holdSeconds * 1_000).toISOString();
  return { tool: kind, provider: source.provider, until, reason: withoutSecrets(acted.failed) };
}

function readOutcome(told: { readonly receipt: JsonObject } | { readonly error: string }): Settled {
  return 'receipt' in told
    ? { found: 'executed', receipt: told.receipt }
    : { found: 'execute_failed', error: told.error };
}
