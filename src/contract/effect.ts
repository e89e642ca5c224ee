import type { Draft, DraftName, SignedDraft } from './draft.ts';
import type { Deferral, DispatchInput } from './dispatch.ts';
import type { JsonObject } from './json.ts';
import type { LedgerFact } from './ledger.ts';
import type { LimitAlert } from './limits.ts';
import type { NonDelegable } from './non-delegable.ts';

/** A draft before it is signed: the executor adds the key's id. */
export type UnsignedDraft = Omit<Draft, 'keyId'>;

export interface AdmitDraftInput {
  readonly request: DispatchInput;
  readonly facts: readonly LedgerFact[];
}

export type Admission =
  | {
      readonly ok: true;
      readonly reversible: boolean;
      readonly summary: string;
      /** What would be refused unless it is freshly attested; people are told. */
      readonly nonDelegable: readonly NonDelegable[];
    }
  | { readonly ok: false; readonly reason: string };

/** A draft for which a standing approval is looked for. */
export type FindMandateInput = Pick<DispatchInput, 'draftId' | 'action' | 'agent' | 'declared'>;

export interface SignInput {
  readonly draft: UnsignedDraft;
  readonly approvedBy: string;
}

export type SignResult =
  | { readonly ok: true; readonly draft: Draft; readonly signature: string }
  | { readonly ok: false; readonly status: 'verify_failed' | 'expired'; readonly reason: string };

export interface CarryOutInput extends SignedDraft, Edited {
  /** The workflow that holds the draft: another one that carries the same draft loses the race. */
  readonly owner: string;
  readonly timeoutSeconds: number;
  readonly declared: readonly NonDelegable[];
  /** The standing approval that lets it through, where nobody was asked. Used up with the claim. */
  readonly mandate?: string | undefined;
}

/** What people may have made of an action. */
export interface Edited {
  /** The digest that was proposed, where it is another one now: a draft is known by it, whatever is made of its action. */
  readonly proposed?: string | undefined;
}

/** What was claimed, where it is not what is asked about: before a reset, people had made something else of the action. */
export interface ClaimedAs {
  readonly digest?: string;
}

/** How one attempt went. Only the first three mean that something was begun. */
export type CarryOutResult =
  | ({ readonly result: 'executed'; readonly receipt: JsonObject } & ClaimedAs)
  | ({ readonly result: 'execute_failed'; readonly error: string } & ClaimedAs)
  | { readonly result: 'unknown'; readonly error: string }
  | RefusedDraft
  | Deferral
  | { readonly result: 'lost_race' | 'nothing_started'; readonly error: string }
  /** The mandate that was to let it through does not, or not any more. Nothing was consumed. */
  | { readonly result: 'not_covered'; readonly error: string };

/** Why a draft may never begin: the first three of the refusals. Nothing was consumed. */
export type RefusedDraft =
  | { readonly result: 'verify_failed' | 'expired' | 'revoked'; readonly error: string }
  | {
      readonly result: 'refused_non_delegable';
      readonly classes: readonly NonDelegable[];
      readonly error: string;
    };

/** An attempt, and what the limiters tell the operator about it. */
export type Attempt = CarryOutResult & { readonly alerts?: readonly LimitAlert[] };

export interface LookUpInput extends SignedDraft, Edited {
  readonly owner: string;
}

/** A draft by the claim that it may have. */
export interface ClaimQuery extends Edited {
  readonly draftId: string;
  readonly digest: string;
  readonly owner: string;
}

export interface WithdrawInput extends Edited {
  readonly draft: DraftName;
  readonly digest: string;
  readonly owner: string;
  readonly reason: string;
}

export type Settled =
  | { readonly found: 'executed'; readonly receipt: JsonObject }
  | { readonly found: 'execute_failed'; readonly error: string };

/** What a claim says of a draft; `open` when something was begun and nobody has said how it went. */
export type ClaimFound = (Settled | { readonly found: 'unclaimed' | 'lost_race' | 'open' }) & ClaimedAs;

/** What is known of a draft whose outcome was unknown: from its claim, or from the kind's witness. */
export type LookUpResult = (
  Settled | { readonly found: 'unclaimed' | 'lost_race' } | { readonly found: 'unknown'; readonly why: string }
) & { readonly alerts?: readonly LimitAlert[] };

export interface SettleInput {
  readonly draft: DraftName;
  readonly by: string;
  readonly outcome: 'happened' | 'did_not_happen';
  readonly url?: string;
  readonly reason?: string;
}

/** What stands in the claim after a settlement, and whether this one put it there. */
export type SettleResult = Settled & { readonly first: boolean; readonly alerts: readonly LimitAlert[] };
