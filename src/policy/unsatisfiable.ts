import { mayDecide } from './approval-rule.ts';
import type { ApprovalState } from './approval-state.ts';

/** Why nobody's decisions could fill a quorum, and what to change. */
export function unsatisfiable(state: Pick<ApprovalState, 'terms' | 'approvers'>): string {
  const { quorum } = state.terms.rule;
  const deciders = mayDecide(state);
  const given = `rule.quorum: given ${JSON.stringify(quorum)}`;
  const asked = new Set(deciders.flatMap(({ groups }) => groups));
  const strange = typeof quorum === 'number' ? [] : Object.keys(quorum).filter((group) => !asked.has(group));
  if (strange.length > 0) {
    return (
      `${given}, but nobody who may decide is asked for the group ${list(strange)}; ` +
      `the groups asked are: ${list([...asked]) || 'none'}; correct the name, or ask people of that group`
    );
  }
  const people = list(deciders.map(({ id }) => id)) || 'nobody';
  return `${given}, which those who may decide (${people}) cannot fill, one place each; ask more people, or fewer places`;
}

function list(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ');
}
