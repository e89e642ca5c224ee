import type { Edits, Refusal, Verdict } from './approval.ts';
import type { DecisionWire } from './decision-wire.ts';

/** By what a decision is known to be its author's. */
export type ProvenBy =
  /** The namespace's own access control, where its operator says so. */
  | { readonly kind: 'namespace' }
  /** A personal token, by its id. */
  | { readonly kind: 'token'; readonly token: string }
  /** An answer to a message of ours, by that message's id. */
  | { readonly kind: 'mail'; readonly messageId: string };

/** What the activity `verifyDecisions` is asked of each. Times are ISO 8601, UTC. */
export interface VerifyInput {
  readonly requestId: string;
  /** The first execution of the request's workflow, by which it differs from another that had the same id. */
  readonly execution: string;
  /** When the request was made. */
  readonly createdAt: string;
  /** When the workflow took the decision up. */
  readonly arrivedAt: string;
  readonly decision: DecisionWire;
}

/** A proof that its owner has made for just this decision, whether it counts or not: with what, and when. */
export interface Genuine {
  /** The id of the token, or `mail/` and whose address it is. */
  readonly madeWith: string;
  readonly madeAtMs: number;
}

/** Who decided, proven; or why nobody is. `genuine` where a proof is, which a refusal then uses up. */
export type Verified =
  | {
      readonly ok: true;
      readonly by: string;
      readonly provenBy: ProvenBy;
      readonly decisionId?: string;
      /** The digest that the person saw, where the channel knows it better than the message says. */
      readonly digest?: string;
      /** When the decision reached a gateway that vouches for the time. */
      readonly attestedAt?: string;
      readonly genuine?: Genuine;
    }
  | {
      readonly ok: false;
      readonly outcome: Extract<Refusal, 'NotAnApprover' | 'Invalid'>;
      readonly message: string;
      readonly genuine?: Genuine;
    };

/** What a proof made with a personal token covers, beside the token and the time: the decision, whole. */
export interface ProvenDecision {
  readonly requestId: string;
  readonly decisionId: string;
  readonly verdict: Verdict;
  readonly digest: string;
  readonly reason?: string;
  readonly group?: string;
  readonly edits?: Edits;
}
