import type { NonDelegable } from '../contract/non-delegable.ts';

/** The closed list, written out: admission goes by this one, the executor by its own, and a test holds them equal. */
export const NON_DELEGABLE = [
  'force_push_shared',
  'ruleset_disable',
  'account_switch',
  'cross_account_ops',
  'irreversible_capital_commit',
  'constitutional_rewrite',
  'authority_class_expansion',
  'venture_kill',
  'permission_escalation',
  'public_truth_claim',
] as const satisfies readonly NonDelegable[];

/**
 * The classes of an action: those that its effect has, and those that its proposer declares. A declaration adds and
 * never clears; each class stands once, in the order of the list.
 */
export function nonDelegableOf(
  computed: readonly NonDelegable[],
  declared: readonly NonDelegable[] = [],
): readonly NonDelegable[] {
  return NON_DELEGABLE.filter((each) => computed.includes(each) || declared.includes(each));
}
