import type { Draft } from './draft.ts';
import type { DispatchInput } from './dispatch.ts';
import type { JsonObject } from './json.ts';
import type { LedgerFact } from './ledger.ts';

/** A draft before it is signed: the executor adds the key's id. */
export type UnsignedDraft = Omit<Draft, 'keyId'>;

export interface AdmitDraftInput {
  readonly request: DispatchInput;
  readonly facts: readonly LedgerFact[];
}

export type Admission =
  | { readonly ok: true; readonly reversible: boolean; readonly summary: string }
  | { readonly ok: false; readonly reason: string };

export interface SignInput {
  readonly draft: UnsignedDraft;
  readonly approvedBy: string;
}

export type SignResult =
  | { readonly ok: true; readonly draft: Draft; readonly signature: string }
  | { readonly ok: false; readonly status: 'verify_failed' | 'expired'; readonly reason: string };

export interface SignedDraft {
  readonly draft: Draft;
  readonly signature: string;
}

export interface CarryOutInput extends SignedDraft {
  /** The workflow that holds the draft: another one that carries the same draft loses the race. */
  readonly owner: string;
  readonly timeoutSeconds: number;
}

/** How one attempt went. Only the first two and `unknown` mean that something was begun. */
export type CarryOutResult =
  | { readonly result: 'executed'; readonly receipt: JsonObject }
  | { readonly result: 'execute_failed'; readonly error: string }
  | { readonly result: 'unknown'; readonly error: string }
  | { readonly result: 'verify_failed' | 'expired' | 'lost_race' | 'nothing_started'; readonly error: string };

export interface LookUpInput extends SignedDraft {
  readonly owner: string;
}

/** What is known of a draft whose outcome was unknown: from its claim, or from the kind's witness. */
export type LookUpResult =
  | { readonly found: 'executed'; readonly receipt: JsonObject }
  | { readonly found: 'execute_failed'; readonly error: string }
  | { readonly found: 'unclaimed' }
  | { readonly found: 'lost_race' }
  | { readonly found: 'unknown'; readonly why: string };

export interface SettleInput extends LookUpInput {
  readonly by: string;
  readonly outcome: 'happened' | 'did_not_happen';
  readonly url?: string;
  readonly reason?: string;
}

/** What stands in the claim after a settlement, and whether this one put it there. */
export type SettleResult =
  | { readonly found: 'executed'; readonly receipt: JsonObject; readonly first: boolean }
  | { readonly found: 'execute_failed'; readonly error: string; readonly first: boolean };
