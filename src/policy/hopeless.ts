import { MAIL_PROOF_PREFIX } from '../contract/decision-wire.ts';
import type { DecisionWire } from '../contract/decision-wire.ts';
import { invalid, notAmong } from './approval-refusal.ts';
import type { Refused } from './approval-refusal.ts';
import { isEnded } from './approval-state.ts';
import type { ApprovalState } from './approval-state.ts';
import { readTokenProof, TOKEN_PROOF_PREFIX } from './token-proof.ts';

/**
 * Why a decision about an open request cannot count, whoever it may be from; undefined where that has to be looked up. So
 * a flood of what nobody could ever accept costs little more than its own messages.
 */
export function hopeless(state: ApprovalState, { by, proof, edits }: DecisionWire): Refused | undefined {
  if (isEnded(state)) return undefined;
  const { editable, escalation } = state.terms;
  if (edits !== undefined && editable.length === 0)
    return invalid('edits: this request has nothing that may be edited');
  if (proof === undefined) {
    if (by === undefined) return undefined;
    const isAsked = [state.approvers, ...escalation.map(({ to }) => to)].flat().some(({ id }) => id === by);
    return isAsked ? undefined : notAmong(state, by);
  }
  if (proof.startsWith(MAIL_PROOF_PREFIX)) return undefined;
  if (!proof.startsWith(TOKEN_PROOF_PREFIX)) {
    return invalid(`The proof is none that is known: it must be ${TOKEN_FORMAT}, or mail.ID for an answer by e-mail.`);
  }
  if (readTokenProof(proof) !== undefined) return undefined;
  return invalid(`The proof is incomplete or was changed: it must be ${TOKEN_FORMAT}.`);
}

const TOKEN_FORMAT = 'mp1.TOKEN.TIME.SIGNATURE, as `mandate prove` and the library make it';
