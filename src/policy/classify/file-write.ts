import type { NonDelegable } from '../../contract/non-delegable.ts';
import { finding } from './finding.ts';
import type { Finding } from './finding.ts';
import { matchesPattern } from './glob.ts';

/**
 * What writing, moving or removing a file changes that nobody may delegate. `before` and `after` are its contents:
 * undefined where they are not known, empty where there is none. With a pattern for a path, what it may match counts.
 */
export function classifyFileWrite(path: string, before?: string, after?: string): readonly Finding[] {
  if (path.length > LONGEST_PATH) return [];
  const plain = normalPath(path);
  const byPath = RULES.filter(
    ({ pattern, example }) => pattern.test(plain) || example.some((each) => matchesGlob(plain, each)),
  );
  const found = byPath.map((rule) => finding(rule.class, `${path} ${rule.holds}`));
  if (/(?:^|\/)\.github\/workflows\/[^/]*$/.test(plain)) found.push(...workflowRights(path, before, after));
  if (/(?:^|\/)\.npmrc$/.test(plain) && /_(?:authToken|auth|password)\s*=/.test(after ?? ''))
    found.push(finding('account_switch', `${path} gets a credential of a registry`));
  found.push(...mandateSettings(path, before, after), ...pipelineRules(path, before, after));
  return found;
}

/** One form for the many ways to write a path: slashes, `.` and `..`, case, what file systems pass over. */
export function normalPath(path: string): string {
  const parts: string[] = [];
  const text = path
    .normalize('NFC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll('\\', '/')
    .replace(/^file:\/\//i, '')
    .replace(/::\$data$/i, '')
    .toLowerCase();
  for (const raw of text.split('/')) {
    const part = raw === '.' || raw === '..' ? raw : trimmed(raw);
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return `${text.startsWith('/') ? '/' : ''}${parts.join('/')}`;
}

// Windows passes over what these end a name with.
function trimmed(part: string): string {
  let end = part.length;
  while (end > 0 && (part[end - 1] === '.' || part[end - 1] === ' ')) end -= 1;
  return part.slice(0, end);
}

// No system opens a longer one.
const LONGEST_PATH = 4_096;

interface Rule {
  readonly class: NonDelegable;
  readonly pattern: RegExp;
  readonly holds: string;
  /** Such paths, to be matched by patterns like `.github/*`. */
  readonly example: readonly string[];
}

// Documents and data; a program that is called policy.ts is no policy.
const DATA = String.raw`(?:\.(?:md|mdx|txt|rst|adoc|json|jsonc|ya?ml|toml|rego|cedar|hcl|csv))?`;

const RULES: readonly Rule[] = [
  {
    class: 'constitutional_rewrite',
    pattern: /(?:^|\/)(?:\.github\/|\.gitlab\/|docs\/)?codeowners$/,
    holds: 'says whose consent a change needs',
    example: ['codeowners', '.github/codeowners'],
  },
  {
    class: 'constitutional_rewrite',
    pattern:
      /(?:^|\/)(?:agents|claude|gemini|copilot-instructions)(?:\.local)?\.md$|(?:^|\/)\.(?:cursorrules|windsurfrules|clinerules)$|(?:^|\/)\.cursor\/rules(?:\/|$)/,
    holds: 'says what agents may do',
    example: ['agents.md', 'claude.md', '.github/copilot-instructions.md'],
  },
  {
    class: 'constitutional_rewrite',
    pattern:
      /(?:^|\/)\.claude\/(?:settings[^/]*\.json|hooks\/[^/]+)$|(?:^|\/)\.claude$|(?:^|\/)\.codex\/config\.toml$|(?:^|\/)\.gemini\/settings\.json$/,
    holds: 'says what an agent is permitted',
    example: ['.claude/settings.json', '.claude/settings.local.json'],
  },
  {
    class: 'constitutional_rewrite',
    pattern: new RegExp(String.raw`(?:^|/)(?:constitution[^/.]*|governance|polic(?:y|ies)(?:[-_][^/.]*)?)${DATA}$`),
    holds: 'holds policy',
    example: ['constitution.md', 'policy.json', 'governance.md'],
  },
  {
    class: 'constitutional_rewrite',
    pattern: new RegExp(String.raw`(?:^|/)polic(?:y|ies)/(?:[^/]+/)*[^/.]+${DATA.slice(0, -1)}$`),
    holds: 'holds policy',
    example: ['policies/access.rego'],
  },
  {
    class: 'constitutional_rewrite',
    pattern: /(?:^|\/)(?:draft-key\.json|mandate\.db(?:-wal|-shm)?)$/,
    holds: "is Mandate's own record or key",
    example: ['draft-key.json', 'mandate.db'],
  },
  {
    class: 'ruleset_disable',
    pattern:
      /(?:^|\/)\.github\/(?:rulesets(?:\/[^/]+)*|settings\.ya?ml|branch-protection[^/]*)$|(?:^|\/)branch[-_]protection[^/]*\.(?:json|ya?ml|tf)$/,
    holds: 'holds the rules of branches',
    example: ['.github/rulesets/main.json', '.github/settings.yml'],
  },
  {
    class: 'authority_class_expansion',
    pattern:
      /(?:^|\/)(?:\.mandate(?:rc)?|mandate\.config)(?:\.[a-z]+)?$|(?:^|\/)\.mandate\/.+$|(?:^|\/)mandate\.(?:ya?ml|json|toml|env)$/,
    holds: 'sets what Mandate allows',
    example: ['mandate.yaml', '.mandate/config.yaml'],
  },
  {
    class: 'permission_escalation',
    pattern:
      /^\/etc\/(?:sudoers(?:\.d(?:\/.*)?)?|passwd|shadow|group|gshadow|doas\.conf|pam\.d\/.*|polkit-1\/.*)$|(?:^|\/)\.ssh\/authorized_keys2?$|^\/etc\/ssh\/sshd_config/,
    holds: 'says who may act as whom',
    example: ['/etc/sudoers', '.ssh/authorized_keys'],
  },
  {
    class: 'account_switch',
    pattern:
      /(?:^|\/)(?:\.aws\/(?:credentials|config)|\.git-credentials|\.netrc|\.kube\/config|\.docker\/config\.json|gh\/hosts\.yml|gcloud\/(?:credentials\.db|application_default_credentials\.json))$|(?:^|\/)\.git\/(?:modules\/.+\/)?config(?:\.worktree)?$|^~\/\.gitconfig$|^\/(?:home|users)\/[^/]+\/\.gitconfig$|^\/root\/\.gitconfig$/,
    holds: 'holds the accounts that programs act under',
    example: ['.aws/credentials', '.git-credentials', '.git/config'],
  },
  {
    class: 'account_switch',
    // What is named a sample is never run.
    pattern: /(?:^|\/)\.git\/(?:modules\/.+\/)?hooks(?:\/(?![^/]*\.sample$)[^/]+)?$/,
    holds: 'is run under the account of whoever uses git',
    example: ['.git/hooks/pre-commit'],
  },
];

/** A pattern counts when what it says of a name fits: `.github/*` and `CODE*` do, `dist/*` and a bare `*` say nothing. */
function matchesGlob(path: string, example: string): boolean {
  if (!/[*?[]/.test(path)) return false;
  const names = example.split('/');
  const parts = path.split('/').filter((part) => part !== '');
  const last = parts.slice(-names.length);
  if (last.length < names.length || /^[*?]+$/.test(last[0] ?? '')) return false;
  // Below some folder, what only ends like such a file is hardly one.
  if (parts.length > names.length && /^[*?]/.test(last[0] ?? '')) return false;
  return names.every((name, index) => matchesPattern(last[index] ?? '', name));
}

/** A workflow that gets more rights than it had, or runs others' code with the repository's. */
function workflowRights(path: string, before: string | undefined, after: string | undefined): Finding[] {
  if (after === undefined)
    return [
      finding('permission_escalation', `${path} sets the rights of a workflow, and what it will hold is not known`),
    ];
  const had = rightsIn(before ?? '');
  const gained = [...rightsIn(after)].filter((right) => !had.has(right));
  return gained.map((right) => finding('permission_escalation', `${path} gains ${right}`));
}

function rightsIn(workflow: string): Set<string> {
  const lines = workflow.split('\n').map(withoutComment);
  const rights = lines.flatMap((line) => {
    const inline = /^\s*permissions\s*:\s*\{(.*)\}/.exec(line)?.[1];
    if (inline !== undefined)
      return [...inline.matchAll(/([\w-]+)\s*:\s*["']?write/g)].map((match) => `${match[1]}: write`);
    if (/^\s*permissions\s*:\s*["']?write-all/.test(line)) return ['permissions: write-all'];
    if (/\bpull_request_target\b/.test(line)) return ['pull_request_target'];
    if (/^\s*secrets\s*:\s*["']?inherit/.test(line)) return ['secrets: inherit'];
    const right = /^\s*([\w-]+)\s*:\s*["']?write["']?\s*$/.exec(line)?.[1];
    return right === undefined ? [] : [`${right}: write`];
  });
  return new Set(rights);
}

/** The settings by which Mandate knows whom and what it trusts. Where data and caches lie is none of them. */
const AUTHORITY_SETTING = /\bMANDATE_(?!DATA\b|CACHE\b|VECTORS\b|MAX_CACHED_WORKFLOWS\b|URL\b)[A-Z0-9_]+\s*[=:][^\n]*/g;

/** Settings of Mandate that a text sets and another did not. */
function mandateSettings(where: string, before: string | undefined, after: string | undefined): Finding[] {
  const had = new Set([...(before ?? '').matchAll(AUTHORITY_SETTING)].map(([line]) => line.trim()));
  const changed = [...(after ?? '').matchAll(AUTHORITY_SETTING)]
    .map(([line]) => line.trim())
    .filter((line) => !had.has(line));
  return changed.map((line) =>
    finding(
      'authority_class_expansion',
      `${where} sets ${line.split(/[=:]/)[0]?.trim()}, by which Mandate knows what it may do`,
    ),
  );
}

/** The rules of a pipeline: which kinds, and whose approval. Its other lines are work, and free. */
function pipelineRules(path: string, before: string | undefined, after: string | undefined): Finding[] {
  const plain = normalPath(path);
  // A new one is admitted, or not, when somebody runs it; one that is gone is not run.
  if (before === '' || (before === undefined && after === '')) return [];
  if (before === undefined || after === undefined)
    return PIPELINE.test(plain) || matchesGlob(plain, 'pipeline.yaml')
      ? [
          finding(
            'authority_class_expansion',
            `${path} says which kinds of action a pipeline has and who approves them, and what changes is not known`,
          ),
        ]
      : [];
  if (!/\.(?:ya?ml|json)$/.test(plain)) return [];
  if (!isPipeline(before) && !isPipeline(after)) return [];
  if (rulesIn(before) === rulesIn(after)) return [];
  return [
    finding('authority_class_expansion', `${path} changes which kinds of action a pipeline has, or who approves them`),
  ];
}

const PIPELINE = /(?:^|\/)(?:[^/]+\.)?pipeline\.(?:ya?ml|json)$/;

function isPipeline(text: string): boolean {
  return /^\s*"?stages"?\s*:/m.test(text) && /\b(?:approvers?|approval|actions|gate)\b"?\s*:/.test(text);
}

function rulesIn(pipeline: string): string {
  const kept = pipeline.split('\n').filter((line) => RULE_LINE.test(withoutComment(line)));
  return kept.map((line) => withoutComment(line).trim()).join('\n');
}

function withoutComment(line: string): string {
  const at = line.search(/(?:^|\s)#/);
  return at < 0 ? line : line.slice(0, at);
}

const RULE_LINE =
  /\b(?:kind|actions|approval|approvers|rule|needed|count|id|role|onTimeout|timeoutSeconds|ttlSeconds|tier|plan)\b"?\s*:/;
