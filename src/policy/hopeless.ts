import type { DecisionWire } from '../contract/decision-wire.ts';
import { invalid, notAmong } from './approval-refusal.ts';
import type { Refused } from './approval-refusal.ts';
import { isEnded } from './approval-state.ts';
import type { ApprovalState } from './approval-state.ts';
import { faultOfForm } from './token-proof.ts';

/**
 * Why a decision about an open request cannot count, whoever it may be from; undefined where that has to be looked up. So
 * a flood of what nobody could ever accept costs little more than its own messages.
 */
export function hopeless(state: ApprovalState, { by, proof, edits }: DecisionWire): Refused | undefined {
  if (isEnded(state)) return undefined;
  const { editable, escalation } = state.terms;
  if (Object.keys(edits ?? {}).length > 0 && editable.length === 0)
    return invalid('edits: this request has nothing that may be edited');
  if (proof === undefined) {
    if (by === undefined) return undefined;
    const isAsked = [state.approvers, ...escalation.map(({ to }) => to)].flat().some(({ id }) => id === by);
    return isAsked ? undefined : notAmong(state, by);
  }
  const fault = faultOfForm(proof);
  return fault === undefined ? undefined : invalid(fault);
}
