import { readArguments } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { classifyComment } from './comment.ts';
import { finding } from './finding.ts';
import type { Finding } from './finding.ts';
import { classifyHttp } from './http.ts';
import type { Invocation } from './invocation.ts';
import { words } from './word-list.ts';

const WITH_VALUE = words(`
  -R --repo -X --method -f --raw-field -F --field -H --header --input -q --jq -t --template -b --body
  -h --hostname -s --scopes --visibility -u --user -p --preview --cache
`);
const FIELDS = ['-f', '--raw-field', '-F', '--field'];

/** What the programs `gh` of GitHub and `glab` of GitLab do. */
export function classifyForge({ name, args, input }: Invocation): readonly Finding[] {
  // `-h` is a host for some commands and help for others; help does nothing, so it is the host that counts.
  const read = readArguments(args, WITH_VALUE);
  if (read.has('--help')) return [];
  const [noun = '', verb = ''] = read.operands.map(({ text }) => text.toLowerCase());
  switch (noun) {
    case 'auth':
      if (verb === 'refresh' && read.has('-s', '--scopes'))
        return [finding('permission_escalation', `${name} auth refresh asks for more scopes`)];
      return ['switch', 'login', 'logout', 'setup-git', 'refresh'].includes(verb)
        ? [finding('account_switch', `${name} auth ${verb}`)]
        : [];
    case 'api':
      return classifyApi(name, read, input?.text);
    case 'ruleset':
    case 'rs':
      return ['', 'list', 'ls', 'view', 'check'].includes(verb)
        ? []
        : [finding('ruleset_disable', `${name} ruleset ${verb}`)];
    case 'repo':
    case 'project':
      return classifyRepository(name, noun, verb, read);
    case 'ssh-key':
    case 'gpg-key':
    case 'deploy-key':
      return verb === 'add' ? [finding('permission_escalation', `${name} ${noun} add gives a key access`)] : [];
    case 'secret':
    case 'variable':
      // What workflows act with, as whoever they act for.
      return verb === 'set' || (name === 'glab' && ['create', 'update', 'new'].includes(verb))
        ? [finding('permission_escalation', `${name} ${noun} ${verb} changes what workflows act with`)]
        : [];
    case 'workflow':
      return verb === 'disable'
        ? [finding('ruleset_disable', `${name} workflow disable ends what a workflow checks`)]
        : [];
    case 'release':
      return publishes(verb, read)
        ? [finding('public_truth_claim', `${name} release ${verb} publishes a release`)]
        : [];
    case 'pr':
    case 'mr':
    case 'issue':
      return classifyDiscussion(name, noun, verb, read);
    default:
      return [];
  }
}

function classifyRepository(name: string, noun: string, verb: string, read: Arguments): Finding[] {
  if (noun === 'repo' && (verb === 'delete' || verb === 'archive'))
    return [finding('venture_kill', `${name} repo ${verb}`)];
  if (verb === 'deploy-key')
    return read.operands[2]?.text === 'add'
      ? [finding('permission_escalation', `${name} repo deploy-key add gives a key access`)]
      : [];
  if (verb === 'transfer')
    return [finding('cross_account_ops', `${name} repo transfer hands a repository to another owner`)];
  const opens = verb === 'edit' && read.values('--visibility').some((value) => value !== 'private');
  return opens ? [finding('permission_escalation', `${name} repo edit lets more people read the repository`)] : [];
}

/** A draft is seen by nobody yet. */
function publishes(verb: string, read: Arguments): boolean {
  if (verb === 'create') return !read.has('--draft', '-d') || read.values('--draft').includes('false');
  return verb === 'edit' && read.values('--draft').includes('false');
}

function classifyDiscussion(name: string, noun: string, verb: string, read: Arguments): readonly Finding[] {
  if (verb === 'merge' && read.has('--admin'))
    return [finding('ruleset_disable', `${name} ${noun} merge --admin passes over the rules of the branch`)];
  return read.values('-b', '--body', '-m', '--message').flatMap(classifyComment);
}

function classifyApi(name: string, read: Arguments, input: string | undefined): readonly Finding[] {
  const path = read.operands[1]?.text ?? '';
  const body: Record<string, unknown> = Object.fromEntries(
    read.values(...FIELDS).map((field) => {
      const [key = '', ...value] = field.split('=');
      return [key.replace(/\[\]$/, ''), plainValue(value.join('='))];
    }),
  );
  const sends = read.has(...FIELDS, '--input');
  const method = read.values('-X', '--method').at(-1) ?? (sends ? 'POST' : 'GET');
  const whole = read.has('--input') ? { ...jsonObject(input), ...body } : body;
  const host = name === 'glab' ? 'gitlab.com' : 'api.github.com';
  const url = /^https?:/.test(path)
    ? path
    : `https://${host}/${name === 'glab' ? 'api/v4/' : ''}${path.replace(/^\//, '')}`;
  return classifyHttp({ method, url, body: whole });
}

function plainValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return text;
}

function jsonObject(text: string | undefined): Record<string, unknown> {
  try {
    const value = JSON.parse(text ?? '') as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
