import { canonicalize, sha256Hex } from '../contract/canonical.ts';
import { DERIVED_ID_PREFIX } from '../contract/decision-wire.ts';
import type { DecisionWire } from '../contract/decision-wire.ts';
import { isEnded, votes } from './approval-state.ts';
import type { AcceptedDecision, ApprovalState } from './approval-state.ts';

/** A decision as it arrived, once it is proven whose it is. */
export type ProvenWire = Omit<DecisionWire, 'by' | 'proof'> & { readonly by: string };

/**
 * What to hand to `decide` for a decision as it arrived. A left-out digest is the current one, but only while the action
 * has never been edited: after that nobody can tell which version the person saw, and `decide` refuses what has none.
 * Without an id, the same person's same verdict on the same digest is the decision that was accepted before.
 */
export function completeDecision(state: ApprovalState, wire: ProvenWire): unknown {
  const digest = wire.digest ?? (state.digests.length === 1 ? state.digest : undefined);
  const complete = digest === undefined ? wire : { ...wire, digest };
  if (wire.decisionId !== undefined) return complete;

  const content = contentOf(complete);
  const earlier = state.accepted.filter(({ decision }) => contentOf(decision) === content);
  const last = earlier.at(-1);
  if (last !== undefined && !mayVoteAgain(state, last)) return last.decision;
  return { ...complete, decisionId: `${DERIVED_ID_PREFIX}${sha256Hex(`${earlier.length} ${content}`)}` };
}

function contentOf({ by, verdict, digest, edits }: Pick<ProvenWire, 'by' | 'verdict' | 'digest' | 'edits'>): string {
  return canonicalize([by, verdict, digest ?? null, edits ?? null]);
}

/** Whether an edit set this vote aside and another brought its digest back: then the same words are a new vote. */
function mayVoteAgain(state: ApprovalState, { decision }: AcceptedDecision): boolean {
  const stands = votes(state).some(({ decisionId }) => decisionId === decision.decisionId);
  return !stands && !isEnded(state) && decision.digest === state.digest;
}
