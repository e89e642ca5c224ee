import { digestOf } from '../contract/canonical.ts';
import type { LookUpInput, LookUpResult } from '../contract/effect.ts';
import type { JsonObject } from '../contract/json.ts';
import { failure } from '../failures.ts';
import type { Claim } from '../store/claims.ts';
import type { Store } from '../store/open.ts';
import { draftFact } from './draft-fact.ts';
import type { Acted } from './kinds/kind.ts';
import { withoutSecrets } from './provider-text.ts';

export type Settled = Extract<LookUpResult, { found: 'executed' | 'execute_failed' }>;

/** Who says how an effect went: the attempt itself, the kind's witness, or a person. */
export type Source = { readonly kind: 'attempt' | 'witness' } | { readonly kind: 'person'; readonly id: string };

/** Writes an outcome into the claim unless one stands there already, and says what stands there now. */
export async function settleOnce(
  { draft }: LookUpInput,
  acted: Acted,
  source: Source,
  store: Store,
): Promise<{ found: Settled; first: boolean }> {
  const by = source.kind === 'person' ? source.id : source.kind;
  const type = source.kind === 'attempt' ? 'effect.settled' : 'effect.reconciled';
  const told = 'happened' in acted ? { receipt: acted.happened } : { error: withoutSecrets(acted.failed) };
  const outcome = 'receipt' in told ? 'completed' : 'completed_with_error';
  const settled = await store.claims.settle(
    { draftId: draft.id, outcome, by, time: new Date().toISOString(), ...told },
    [draftFact(draft, type, digestOf(by), { status: outcome, source: source.kind, by, ...told })],
  );
  if (settled.settled) return { found: readOutcome(told), first: true };
  const standing = readSettlement(settled.existing);
  if (standing === undefined) throw failure('StoreUnavailable', `The claim of draft ${draft.id} could not be settled.`);
  if (source.kind === 'attempt') {
    // Somebody settled it while the attempt was still under way: what really happened is recorded beside it.
    await store.ledger.append([draftFact(draft, 'effect.late_truth', digestOf(told), { status: outcome, ...told })]);
  }
  return { found: standing, first: false };
}

/** What a claim says of its effect; undefined while nobody knows. */
export function readSettlement({ settlement }: Claim): Settled | undefined {
  if (settlement === null) return undefined;
  return settlement.outcome === 'completed'
    ? { found: 'executed', receipt: settlement.receipt ?? {} }
    : { found: 'execute_failed', error: settlement.error ?? '' };
}

function readOutcome(told: { readonly receipt: JsonObject } | { readonly error: string }): Settled {
  return 'receipt' in told
    ? { found: 'executed', receipt: told.receipt }
    : { found: 'execute_failed', error: told.error };
}
