import type { NonDelegable } from '../../contract/non-delegable.ts';
import { finding } from './finding.ts';
import type { Finding } from './finding.ts';

// Mutations of GitHub's API, by the names of their fields.
const MUTATIONS: readonly (readonly [NonDelegable, RegExp])[] = [
  ['ruleset_disable', /\b(?:delete|update)(?:BranchProtectionRule|RepositoryRuleset)\b/],
  [
    'permission_escalation',
    /\b(?:addEnterprise\w*Member\w*|inviteEnterpriseAdmin|updateEnterpriseAdministratorRole|updateTeamsRepository|grant\w+)\b/,
  ],
  ['cross_account_ops', /\btransferEnterpriseOrganization\b/],
  ['force_push_shared', /\bupdateRefs?\b(?=[\s\S]*\bforce\s*:\s*true)/],
];

/** What a GraphQL request changes, by the names of its mutations. */
export function classifyGraphql(body: unknown): Finding[] {
  const query = typeof body === 'object' && body !== null && 'query' in body ? body.query : body;
  if (typeof query !== 'string' || !/\bmutation\b/.test(query)) return [];
  return MUTATIONS.flatMap(([which, pattern]) => {
    const name = pattern.exec(query)?.[0];
    return name === undefined ? [] : [finding(which, `the GraphQL mutation ${name}`)];
  });
}
