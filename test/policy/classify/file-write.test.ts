import { describe, expect, it } from 'vitest';
import { classifyFileWrite } from '../../../src/policy/classify/file-write.ts';
import { classesOf } from '../../../src/policy/classify/finding.ts';

describe('writing a file that holds policy', () => {
  it.each([
    ['constitutional_rewrite', 'CODEOWNERS'],
    ['constitutional_rewrite', '.github/CODEOWNERS'],
    ['constitutional_rewrite', './.GitHub/codeowners'],
    ['constitutional_rewrite', 'a/b/../../.github/CODEOWNERS'],
    ['constitutional_rewrite', String.raw`C:\repo\.github\CODEOWNERS`],
    ['constitutional_rewrite', '.github//CODEOWNERS '],
    ['constitutional_rewrite', 'CODEOWNERS::$DATA'],
    ['constitutional_rewrite', 'CODE\u200dOWNERS'],
    ['constitutional_rewrite', 'AGENTS.md'],
    ['constitutional_rewrite', 'packages/web/CLAUDE.md'],
    ['constitutional_rewrite', 'CLAUDE.local.md'],
    ['constitutional_rewrite', '.claude/settings.json'],
    ['constitutional_rewrite', '.claude/settings.local.json'],
    ['constitutional_rewrite', '.claude/hooks/check.sh'],
    ['constitutional_rewrite', '.cursor/rules/x.mdc'],
    ['constitutional_rewrite', 'constitution.md'],
    ['constitutional_rewrite', 'docs/constitution-v2.txt'],
    ['constitutional_rewrite', 'policy.yaml'],
    ['constitutional_rewrite', 'config/policy-prod.json'],
    ['constitutional_rewrite', 'policies/network/egress.rego'],
    ['constitutional_rewrite', 'GOVERNANCE.md'],
    ['constitutional_rewrite', '~/.local/share/mandate/draft-key.json'],
    ['constitutional_rewrite', '/data/mandate.db'],
    ['ruleset_disable', '.github/rulesets/main.json'],
    ['ruleset_disable', '.github/settings.yml'],
    ['authority_class_expansion', 'mandate.yaml'],
    ['authority_class_expansion', '.mandate/config.json'],
    ['permission_escalation', '/etc/sudoers.d/agent'],
    ['permission_escalation', '/home/x/.ssh/authorized_keys'],
    ['permission_escalation', '.github/workflows/ci.yml'],
    ['account_switch', '/home/x/.aws/credentials'],
    ['account_switch', '~/.config/gh/hosts.yml'],
    ['account_switch', '~/.gitconfig'],
    ['account_switch', '.git/config'],
    ['account_switch', 'repo/.git/modules/lib/config'],
    ['account_switch', '.git/hooks/pre-push'],
    ['account_switch', '.git/hooks'],
    ['authority_class_expansion', 'pipeline.yaml'],
    ['authority_class_expansion', 'examples/pack/pipeline.yml'],
    ['authority_class_expansion', 'release.pipeline.yaml'],
    ['authority_class_expansion', 'pipeline.y*ml'],
  ])('%s: %s', (which, path) => {
    expect(classesOf(classifyFileWrite(path))).toEqual([which]);
  });

  it.each(['.github/*', 'CODE*', '**/copilot-instructions.md', '.claude/settings.?son'])(
    'counts when a pattern may match it: %s',
    (path) => {
      expect(classesOf(classifyFileWrite(path))).toContain('constitutional_rewrite');
    },
  );
});

describe('writing a file that does not', () => {
  it.each([
    'README.md',
    'src/policy/draft.ts',
    'src/policy/classify/http.ts',
    'test/policies.test.ts',
    'src/policy.py',
    'privacy-policy.md',
    'return-policy.html',
    'docs/agents/overview.md',
    'docs/my-agents.md',
    'CODEOWNERS.md',
    'codeowners/index.ts',
    'src/constitution/parser.ts',
    'constitution.test.ts',
    'mandate/README.md',
    'src/mandate-error.ts',
    'mandate.ts',
    '.github/ISSUE_TEMPLATE/bug.md',
    'claude.ts',
    'settings.json',
    '.vscode/settings.json',
    'etc/sudoers.md',
    'aws/credentials.md',
    'workflows/ci.yml',
    '.git/hooks/pre-push.sample',
    '.git/info/exclude',
    'git/config',
    'src/config',
    'docs/hooks/pre-push',
    'src/pipeline.ts',
    'data-pipeline.yaml',
    'azure-pipelines.yml',
    'dist/*',
    'src/**/*.ts',
    '',
    '/',
    '..',
  ])('%j', (path) => {
    expect(classifyFileWrite(path)).toEqual([]);
  });
});

const WORKFLOW = 'on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: x\n';

describe('a workflow', () => {
  it.each([
    ['may write more', WORKFLOW.replace('contents: read', 'contents: write'), 'gains contents: write'],
    ['may write everything', WORKFLOW.replace('permissions:\n  contents: read', 'permissions: write-all'), 'write-all'],
    [
      'may write, on one line',
      WORKFLOW.replace('permissions:\n  contents: read', 'permissions: { id-token: write }'),
      'id-token',
    ],
    ["runs others' code", WORKFLOW.replace('on: push', 'on: pull_request_target'), 'pull_request_target'],
    ['hands its secrets on', `${WORKFLOW}    secrets: inherit\n`, 'secrets: inherit'],
  ])('escalates when it %s', (_what, after, why) => {
    const path = '.github/workflows/ci.yml';

    expect(classifyFileWrite(path, WORKFLOW, after)).toEqual([
      { class: 'permission_escalation', why: expect.stringContaining(why) },
    ]);
    expect(classifyFileWrite(path, '', after)).toHaveLength(1);
  });

  it.each([
    ['does something else', WORKFLOW.replace('runs-on: x', 'runs-on: y')],
    ['may do less', WORKFLOW.replace('contents: read', 'contents: none')],
    ['says so in a comment', `${WORKFLOW}# contents: write\n`],
    ['is removed', ''],
    ['stays as it is', WORKFLOW],
  ])('does not when it %s', (_what, after) => {
    expect(classifyFileWrite('.github/workflows/ci.yml', WORKFLOW, after)).toEqual([]);
  });
});

const PIPELINE = `name: publish
stages:
  - kind: agent
    name: pack
    agent: { id: packer, command: [node, pack.mjs], objective: Pack it. }
    actions:
      - kind: webhook
        approval: { approvers: [{ id: ana }] }
`;

describe('a pipeline', () => {
  it.each([
    ['other kinds', PIPELINE.replace('kind: webhook', 'kind: social_post')],
    ['no approval', PIPELINE.replace('{ approvers: [{ id: ana }] }', 'none')],
    ['another approver', PIPELINE.replace('ana', 'eve')],
    ['one kind more', `${PIPELINE}      - kind: ledger_done\n        approval: none\n`],
  ])('expands authority when it gets %s', (_what, after) => {
    expect(classesOf(classifyFileWrite('examples/publish/pipeline.yaml', PIPELINE, after))).toEqual([
      'authority_class_expansion',
    ]);
  });

  it.each([
    ['other words', PIPELINE.replace('name: publish', 'name: release')],
    ['other white space', PIPELINE.replace('name: publish', 'name: publish   ')],
    ['a comment', `# approval: none\n${PIPELINE}`.replace('# approval: none', '# as before')],
  ])('does not when it gets %s', (_what, after) => {
    expect(classifyFileWrite('pipeline.yaml', PIPELINE, after)).toEqual([]);
  });

  it.each([
    ['before it', undefined, PIPELINE],
    ['after it', PIPELINE, undefined],
  ])('expands authority when what stood %s is not known', (_what, before, after) => {
    expect(classesOf(classifyFileWrite('a/pipeline.yaml', before, after))).toEqual(['authority_class_expansion']);
  });

  it('is free when it goes', () => {
    expect(classifyFileWrite('pipeline.yaml', undefined, '')).toEqual([]);
  });

  it('is free when it is new, since somebody has to run it first', () => {
    expect(classifyFileWrite('pipeline.yaml', '', PIPELINE)).toEqual([]);
  });
});

it.each([
  ['a setting more', 'A=1\n', 'A=1\nMANDATE_WEBHOOK_URLS=https://x.example\n', 1],
  ['another value', 'MANDATE_FOUNDER_KEYS=ada:x\n', 'MANDATE_FOUNDER_KEYS=eve:y\n', 1],
  ['a setting of a compose file', '', 'environment:\n  MANDATE_TRUST_NAMESPACE: "yes"\n', 1],
  ['the same settings', 'MANDATE_FOUNDER_KEYS=ada:x\n', 'B=2\nMANDATE_FOUNDER_KEYS=ada:x\n', 0],
  ['another data folder', '', 'MANDATE_DATA=/x\n', 0],
  ['a mention', '', 'Set MANDATE_WEBHOOK_URLS to the addresses.\n', 0],
])('a file that gets %s', (_what, before, after, findings) => {
  expect(classifyFileWrite('deploy/executor.env', before, after)).toHaveLength(findings);
});

it('a credential in a project file is an account', () => {
  expect(classesOf(classifyFileWrite('.npmrc', '', '//r.example/:_authToken=x'))).toEqual(['account_switch']);
  expect(classifyFileWrite('.npmrc', '', 'save-exact=true')).toEqual([]);
});
