import type { Action } from '../contract/action.ts';
import type { Edits } from '../contract/approval.ts';
import { canonicalize } from '../contract/canonical.ts';

/** An action with members of its payload replaced. */
export function editedAction(action: Action, edits: Edits): Action {
  // fromEntries makes each member the payload's own, one named __proto__ too.
  const payload = Object.fromEntries([...Object.entries(action.payload), ...Object.entries(edits)]);
  return { ...action, payload };
}

/**
 * Whether an action is the other one with nothing changed but members of its payload that may be. Kind and target are
 * never for approvers to change: that would be another draft.
 */
export function isEditOf(edited: Action, proposed: Action, editable: readonly string[]): boolean {
  return canonicalize(fixedPart(edited, editable)) === canonicalize(fixedPart(proposed, editable));
}

function fixedPart({ kind, target, payload }: Action, editable: readonly string[]): Action {
  // fromEntries makes each member the payload's own, one named __proto__ too.
  const fixed = Object.fromEntries(Object.entries(payload).filter(([name]) => !editable.includes(name)));
  return { kind, target, payload: fixed };
}
