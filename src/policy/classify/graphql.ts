import type { NonDelegable } from '../../contract/non-delegable.ts';
import { finding } from './finding.ts';
import type { Finding } from './finding.ts';
import { isSharedBranch } from './shared-branch.ts';

// Mutations of GitHub's API, by the names of their fields.
const MUTATIONS: readonly (readonly [NonDelegable, RegExp])[] = [
  ['ruleset_disable', /\b(?:delete|update)(?:BranchProtectionRule|RepositoryRuleset)\b/],
  [
    'permission_escalation',
    /\b(?:addEnterprise\w*Member\w*|inviteEnterpriseAdmin|updateEnterpriseAdministratorRole|updateTeamsRepository|grant\w+)\b/,
  ],
  ['cross_account_ops', /\btransferEnterpriseOrganization\b/],
  ['venture_kill', /\barchiveRepository\s*\(/],
];
const DELETES = /\bdeleteRef\s*\(/;
const MOVES = /\bupdateRefs?\s*\(/;
// By force, or to the commit of zeros, which deletes.
const BY_FORCE = /\bforce"?\s*:\s*true\b|"0{40}"/;

/** What GraphQL requests change, one or a list of them, by the names of their mutations. */
export function classifyGraphql(body: unknown): Finding[] {
  if (Array.isArray(body)) return body.flatMap((each) => (Array.isArray(each) ? [] : classifyGraphql(each)));
  const query = typeof body === 'object' && body !== null && 'query' in body ? body.query : body;
  if (typeof query !== 'string' || !/\bmutation\b/.test(query)) return [];
  const found = MUTATIONS.flatMap(([which, pattern]) => {
    const name = pattern.exec(query)?.[0];
    return name === undefined ? [] : [finding(which, `the GraphQL mutation ${name}`)];
  });
  // What the query names may stand in its variables.
  const given = typeof body === 'object' ? `${query} ${JSON.stringify(body)}` : query;
  const forces = DELETES.test(query) || (MOVES.test(query) && BY_FORCE.test(given));
  if (forces && mayBeShared(given))
    found.push(finding('force_push_shared', 'the GraphQL mutation of a branch deletes it or moves it by force'));
  return found;
}

/** A branch is mostly given by an opaque id, and then it may be any. */
function mayBeShared(given: string): boolean {
  const names = [...given.matchAll(/\brefs\/(?:heads|tags)\/[^"\\\s]*/g)].map(([name]) => name);
  const opaque = /\brefId\b/.test(given);
  return opaque || names.length === 0 || names.some((name) => !name.startsWith('refs/tags/') && isSharedBranch(name));
}
