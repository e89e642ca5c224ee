import { z } from 'zod';

/**
 * Effects that no approval and no mandate covers, whoever gave it. Each kind's classifier finds them in target and
 * payload; only a fresh attestation lifts one of them, once.
 */
export const NonDelegable = z.enum([
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
]);
export type NonDelegable = z.infer<typeof NonDelegable>;
