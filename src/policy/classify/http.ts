import { classifyComment } from './comment.ts';
import { classifyFileWrite } from './file-write.ts';
import { distinct, finding } from './finding.ts';
import type { Finding } from './finding.ts';
import { classifyGraphql } from './graphql.ts';
import { classifyMoney } from './money.ts';
import { unfoldJson } from './json-text.ts';
import { grantsPrivilege } from './privilege.ts';
import { isSharedBranch } from './shared-branch.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  /** JSON data; the text of a body that is none. */
  readonly body?: unknown;
}

/** A request taken apart as a rule needs it. */
export interface Asked {
  readonly method: string;
  readonly host: string;
  /** Without the prefix of an API's version, decoded, with single slashes and none at the end. */
  readonly path: string;
  /** With what its texts hold as JSON. */
  readonly body: unknown;
}

/** What a request does, if its receiver does what it is asked, that nobody may delegate. Reading is nothing. */
export function classifyHttp(request: HttpRequest): readonly Finding[] {
  const asked = readRequest(request);
  if (!/^(?:POST|PUT|PATCH|DELETE)$/.test(asked.method)) return [];
  const { method, path, host } = asked;
  const found = RULES.flatMap(({ methods, pattern, judge }) => {
    const match = methods.includes(method) ? pattern.exec(path) : null;
    return match === null ? [] : judge(asked, match);
  });
  found.push(...classifyMoney(asked));
  if (/(?:^|\/)graphql$/.test(path)) found.push(...classifyGraphql(asked.body));
  if (host === 'registry.npmjs.org' && method === 'PUT')
    found.push(finding('public_truth_claim', `${said(asked)} publishes a package`));
  return distinct(found);
}

function readRequest({ method, url, body }: HttpRequest): Asked {
  const match = /^(?:[a-z][a-z0-9+.-]*:)?(?:\/\/)?(?:[^/?#@]*@)?([^/?#:]*)(?::\d*)?([^?#]*)/i.exec(url.trim());
  const [, host = '', given = ''] = match ?? [];
  const parts: string[] = [];
  for (const part of decoded(given).replaceAll('\\', '/').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  const path = `/${parts.join('/')}`.replace(/^\/api\/v[34](?=\/)/, '');
  return {
    method: method.trim().toUpperCase(),
    host: host.toLowerCase().replace(/\.$/, ''),
    path,
    body: unfoldJson(body),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface Rule {
  readonly methods: readonly string[];
  readonly pattern: RegExp;
  readonly judge: (asked: Asked, match: RegExpExecArray) => readonly Finding[];
}

const CHANGES = ['PUT', 'PATCH', 'DELETE'];
const ADDS = ['POST', 'PUT', 'PATCH'];
const REPO = String.raw`/repos/[^/]+/[^/]+`;

const RULES: readonly Rule[] = [
  // The rules of a repository or an organisation.
  rule(CHANGES, '(?:/repos/[^/]+/[^/]+|/orgs/[^/]+|/enterprises/[^/]+)/rulesets(?:/[^/]+)?', (asked) => [
    finding('ruleset_disable', `${said(asked)} changes or removes a ruleset`),
  ]),
  rule(CHANGES, `${REPO}/branches/.+/protection(?:/.*)?`, (asked) => [
    finding('ruleset_disable', `${said(asked)} changes or removes the protection of a branch`),
  ]),
  rule(
    CHANGES,
    '/projects/[^/]+(?:/[^/]+)?/(?:protected_branches|protected_tags|approval_rules|approvals|push_rule)(?:/.*)?',
    (asked) => [finding('ruleset_disable', `${said(asked)} changes or removes the rules of a project`)],
  ),
  rule(['PUT'], `${REPO}/actions/workflows/[^/]+/disable`, (asked) => [
    finding('ruleset_disable', `${said(asked)} ends what a workflow checks`),
  ]),
  // Who may do what.
  rule(['POST'], `${REPO}/branches/.+/protection/restrictions(?:/.*)?`, (asked) => [
    finding('permission_escalation', `${said(asked)} lets more people push to a protected branch`),
  ]),
  rule(
    ['PUT'],
    `(?:${REPO}/collaborators/[^/]+|/orgs/[^/]+/memberships/[^/]+|/orgs/[^/]+/teams/[^/]+/(?:memberships|repos)/.+|/teams/[^/]+/(?:members|memberships|repos)/.+)`,
    (asked) => [finding('permission_escalation', `${said(asked)} gives somebody access`)],
  ),
  rule(
    ['POST'],
    `(?:${REPO}/keys|${REPO}/invitations|/user/(?:keys|gpg_keys|ssh_signing_keys)|/orgs/[^/]+/invitations|/orgs/[^/]+/organization-roles/.+)`,
    (asked) => [finding('permission_escalation', `${said(asked)} gives a key or a person access`)],
  ),
  rule(['PUT'], `(?:${REPO}|/orgs/[^/]+)/actions/permissions(?:/.*)?`, (asked) => [
    finding('permission_escalation', `${said(asked)} changes what workflows are permitted`),
  ]),
  rule(
    ADDS,
    `(?:${REPO}(?:/environments/[^/]+)?|/orgs/[^/]+)/(?:actions/|dependabot/|codespaces/)?(?:secrets|variables)(?:/[^/]+)?`,
    (asked) => [finding('permission_escalation', `${said(asked)} changes what workflows act with`)],
  ),
  rule(
    ['PUT', 'POST'],
    '/(?:projects|groups)/[^/]+(?:/[^/]+)?/(?:members(?:/[^/]+)?|deploy_keys|access_tokens)',
    (asked) => [finding('permission_escalation', `${said(asked)} gives somebody access`)],
  ),
  rule(['PATCH'], REPO, (asked) => opensRepository(asked)),
  rule(['PATCH'], REPO, (asked) =>
    String(valueAt(asked.body, 'archived')) === 'true'
      ? [finding('venture_kill', `${said(asked)} archives a repository`)]
      : [],
  ),
  rule(ADDS, '/.*', (asked) =>
    grantsPrivilege(asked) ? [finding('permission_escalation', `${said(asked)} gives somebody a privileged role`)] : [],
  ),
  // The end of something that cannot be had back.
  rule(['DELETE'], `(?:${REPO}|/orgs/[^/]+|/projects/[^/]+|/groups/[^/]+)`, (asked) => [
    finding('venture_kill', `${said(asked)} deletes a repository, a project or an organisation`),
  ]),
  rule(
    ['DELETE'],
    '(?:/[^/]+)*/(?:accounts?|organi[sz]ations?|orgs|tenants|workspaces|companies)(?:/[^/]+)?',
    (asked) => [finding('venture_kill', `${said(asked)} deletes an account or an organisation`)],
  ),
  rule(
    ['POST'],
    '(?:/[^/]+)*/(?:accounts?|organi[sz]ations?|orgs|tenants|workspaces|companies)(?:/[^/]+)?/(?:close|delete|terminate)',
    (asked) => [finding('venture_kill', `${said(asked)} closes an account or an organisation`)],
  ),
  rule(['POST'], `${REPO}/transfer`, (asked) => [
    finding('cross_account_ops', `${said(asked)} hands a repository to another owner`),
  ]),
  // Shared branches, and files.
  rule(['PATCH', 'DELETE'], `${REPO}/git/refs/heads/(.+)`, (asked, [, branch = '']) => forcedRef(asked, branch)),
  rule(['PUT', 'DELETE', 'POST'], `${REPO}/contents/(.+)`, (asked, [, file = '']) =>
    classifyFileWrite(file, undefined, asked.method === 'DELETE' ? '' : undefined),
  ),
  // What the public reads.
  rule(['POST', 'PATCH'], `${REPO}/releases(?:/\\d+)?`, (asked) => publishesRelease(asked)),
  rule(
    ['POST'],
    '(?:/api/v1/statuses|/v1/statuses|/2/tweets|/1\\.1/statuses/update\\.json|/xrpc/com\\.atproto\\.repo\\.createRecord)',
    (asked) => [finding('public_truth_claim', `${said(asked)} posts in public`)],
  ),
  rule(['POST', 'PATCH'], `${REPO}/(?:issues|pulls)/(?:\\d+/)?comments(?:/\\d+)?`, ({ body }) =>
    classifyComment(textAt(body, 'body')),
  ),
];

function rule(methods: readonly string[], path: string, judge: Rule['judge']): Rule {
  return { methods, pattern: new RegExp(`^${path}$`, 'i'), judge };
}

function opensRepository(asked: Asked): Finding[] {
  const opens =
    textAt(asked.body, 'visibility') === 'public' ||
    valueAt(asked.body, 'private') === false ||
    textAt(asked.body, 'private') === 'false';
  return opens ? [finding('permission_escalation', `${said(asked)} lets everybody read the repository`)] : [];
}

function forcedRef(asked: Asked, branch: string): Finding[] {
  const forced = asked.method === 'DELETE' || String(valueAt(asked.body, 'force')) === 'true';
  const unknown = /[$`{]/.test(branch);
  return forced && (unknown || isSharedBranch(branch))
    ? [finding('force_push_shared', `${said(asked)} moves or deletes a shared branch`)]
    : [];
}

/** A draft is seen by nobody yet. */
function publishesRelease(asked: Asked): Finding[] {
  const draft = String(valueAt(asked.body, 'draft'));
  const published = asked.method === 'POST' ? draft !== 'true' : draft === 'false';
  return published ? [finding('public_truth_claim', `${said(asked)} publishes a release`)] : [];
}

function said({ method, host, path }: Asked): string {
  return `${method} ${host}${path}`;
}

function valueAt(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, name)
    ? (body as Record<string, unknown>)[name]
    : undefined;
}

function textAt(body: unknown, name: string): string {
  const value = valueAt(body, name);
  return typeof value === 'string' ? value : '';
}
