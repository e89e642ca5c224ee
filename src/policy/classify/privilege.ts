import type { Asked } from './http.ts';
import { words } from './word-list.ts';

const PLACES = new Set(
  words(`
  permission permissions role roles member members membership memberships collaborators grant grants
  access acl acls admins owners invite invites invitation invitations role-assignments roleassignments
  rolebindings clusterrolebindings users
`),
);
const VERBS =
  /^(?:grant|promote|elevate|escalate|(?:add|invite|create)[-_ .]?(?:member|admin|owner|user|collaborator)|(?:set|assign|update|change|add)[-_ .]?(?:role|roles|permission|permissions|access)|make[-_ .]?admin)$/i;
const ROLE_NAMES = /^(?:roles?|permissions?|access(?:_?level)?|scopes?|privileges?|default_repository_permission)$/i;
const PRIVILEGED =
  /^(?:(?:super|global|org|site|system|cluster|billing|security)?[-_ ]?(?:admin|administrator|owner|root)|superuser|maintain|maintainer|write|push|editor|full|all|\*|read-?write|admin:\w+|write:\w+)$/i;
const FLAGS = /^(?:is_?)?(?:super_?user|admin|administrator|owner|site_?admin|root)$/i;
const ACTION_NAMES = new Set(['action', 'type', 'operation', 'command', 'op', 'method']);
// As deep as any action may nest.
const MAX_DEPTH = 101;

/** A request that asks for a privileged role where roles are given: a member who merely is an admin in it gives none. */
export function grantsPrivilege({ path, body }: Asked): boolean {
  const asks = path.split('/').some((word) => PLACES.has(word.toLowerCase())) || anyMember(body, isVerb, 0);
  return asks && anyMember(body, isPrivileged, 0);
}

function isVerb(name: string, value: unknown): boolean {
  return ACTION_NAMES.has(name.toLowerCase()) && typeof value === 'string' && VERBS.test(value);
}

function isPrivileged(name: string, value: unknown): boolean {
  if (FLAGS.test(name)) return value === true || value === 'true';
  if (!ROLE_NAMES.test(name)) return false;
  const given = Array.isArray(value)
    ? value
    : typeof value === 'object' && value !== null
      ? Object.values(value)
      : [value];
  return given.some((each) => typeof each === 'string' && PRIVILEGED.test(each));
}

function anyMember(value: unknown, test: (name: string, value: unknown) => boolean, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.some((item) => anyMember(item, test, depth + 1));
  return Object.entries(value).some(([name, member]) => test(name, member) || anyMember(member, test, depth + 1));
}
