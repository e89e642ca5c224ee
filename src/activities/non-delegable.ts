import type { NonDelegable } from '../contract/non-delegable.ts';

/**
 * What the executor carries out for nobody, fixed here: a worker with another policy, or a changed one, does not move
 * it. A test holds it equal to the policy's list.
 */
export const NEVER_DELEGATED = [
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

/** The classes for which the executor refuses an action, unless each is attested; none when it may go on. */
export function refuseNonDelegable(
  computed: readonly NonDelegable[],
  declared: readonly NonDelegable[],
): readonly NonDelegable[] {
  return NEVER_DELEGATED.filter((each) => computed.includes(each) || declared.includes(each));
}
