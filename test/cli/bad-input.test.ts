import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCli } from './support/mandate-cli.ts';
import type { Cli } from './support/mandate-cli.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await openCli();
});
afterAll(async () => cli.remove());

async function aFile(name: string, text: string): Promise<string> {
  const file = join(cli.folder, name);
  await writeFile(file, text);
  return file;
}

// Each line holds the one above it ten times.
const BOMB = ['a: &a [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]', ...['ab', 'bc', 'cd', 'de', 'ef', 'fg'].map(tenTimes)].join('\n');

function tenTimes([from = '', to = '']: string | readonly string[]): string {
  return `${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(', ')}]`;
}

const GATE = 'kind: gate, name: ask, approval: { approvers: [{ id: ana }] }';

describe('a pipeline that cannot run', () => {
  it.each([
    [
      'an unknown field',
      `name: x\nstages:\n  - { ${GATE}, colour: red }\n`,
      '3:70: stages[0].colour: unknown field; remove it or correct its name',
    ],
    [
      'a wrong value',
      `name: x\nstages:\n  - kind: gate\n    name: ask\n    approval:\n      approvers: [{ id: ana }]\n      priority: P9\n`,
      '7:7: stages[0].approval.priority: Invalid option: expected one of "P0"|"P1"|"P2"|"P3", given "P9"',
    ],
    [
      'a missing field',
      `name: x\nstages:\n  - kind: gate\n    approval: { approvers: [{ id: ana }] }\n`,
      '3:5: stages[0].name: is missing; must be text',
    ],
    ['a field given twice', `name: x\nname: y\nstages: [{ ${GATE} }]\n`, '2:1: Map keys must be unique'],
    [
      'text that is no YAML',
      `name: x\nstages: [\n`,
      '3:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    [
      'a stage that this version does not carry out',
      `name: x\nstages:\n  - kind: parallel\n    name: both\n    branches: [[{ ${GATE} }]]\n`,
      '3:5: stages[0].kind: "parallel" is part of the format but not carried out by this version; use agent and gate stages',
    ],
    [
      'a default that names what is not there yet',
      `name: x\ninputs:\n  who: { type: string, default: '{{inputs.other}}' }\nstages: [{ ${GATE} }]\n`,
      '3:24: inputs.who.default: {{inputs.other}} is not known here; known: run.id, run.requester',
    ],
    [
      'a default at which there is nothing',
      `name: x\ninputs:\n  site: { type: path, default: /no/where }\nstages: [{ ${GATE} }]\n`,
      '3:23: inputs.site.default: there is nothing at /no/where; give another with --input site=PATH',
    ],
    [
      'an approval that nobody could give',
      `name: x\nstages: [{ kind: gate, name: ask, approval: { approvers: [{ id: ana }], rule: { quorum: 2 } } }]\n`,
      '2:81: stages[0].approval.rule.quorum: given 2, which those who may decide ("ana") cannot fill, one place each; ask more people, or fewer places',
    ],
    [
      'an alias that stands within what it names',
      `name: x\nstages: &all\n  - *all\n`,
      '3:5: *all stands within what it names, which so would never end; write out what is meant',
    ],
    ['an alias that names nothing', `name: *x\n`, '1:7: *x names nothing that stands before it; set &x there'],
    [
      'aliases that make much of little',
      BOMB,
      '6:8: *e repeats more than 100000 parts; write out the few that are meant',
    ],
    [
      'lists without end in one another',
      `name: ${'['.repeat(50_000)}`,
      '1:106: nested deeper than 100 levels; write it flatter',
    ],
    [
      'a second document',
      `name: x\nstages: [{ ${GATE} }]\n---\nname: y\n`,
      '3:1: a second document begins here; a file holds one, so put this one into its own',
    ],
  ])('is refused for %s, with its place, before anything starts', async (_, text, fault) => {
    const file = await aFile('pipeline.yaml', text);
    const { exitCode, stdout, stderr } = await cli.run(['run', file]);

    expect({ exitCode, stdout, stderr: stderr.split('\n')[0] }).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `mandate: ${file}:${fault}`,
    });
    expect(existsSync(join(cli.folder, 'temporal.db'))).toBe(false);
  });

  it('is refused as JSON for what strict JSON forbids', async () => {
    const file = await aFile('pipeline.json', '{\n  "name": "x",\n  "name": "y"\n}\n');
    const { exitCode, stderr } = await cli.run(['run', file]);

    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: `mandate: ${file}:3:3: duplicate member name "name"; each name may occur once`,
    });
  });
});

describe('a command line that cannot be meant', () => {
  const gate = (...more: string[]): string[] => ['run', cli.file('gate.yaml'), ...more];
  const tell = (...more: string[]): string[] => ['run', cli.file('pipeline.yaml'), ...more];

  it.each([
    [
      'a missing file',
      () => ['run', 'nowhere.yaml'],
      'nowhere.yaml: there is no such file; name the file of a pipeline, in YAML or JSON.',
    ],
    [
      'an undeclared input',
      () => gate('--input', 'colour=red'),
      '--input colour: is not declared by the pipeline; declared: approver',
    ],
    ['an input that is missing', () => tell(), '--input url: is missing; give it as --input url=...'],
    ['an input without a value', () => gate('--input', 'approver'), '--input approver: must be name=value.'],
    [
      'a path at which there is nothing',
      () => tell('-i', 'url=x', '-i', 'folder=no/where'),
      `--input folder: there is nothing at ${resolve('no/where')}; correct the path`,
    ],
    [
      'an input given twice',
      () => gate('-i', 'approver=ana', '-i', 'approver=ben'),
      '--input approver: given twice; keep one.',
    ],
    [
      'a number that is none',
      () => tell('-i', 'url=x', '-i', 'count=many'),
      '--input count: must be a number, given "many".',
    ],
    [
      'a boolean that is none',
      () => tell('-i', 'url=x', '-i', 'urgent=yes'),
      '--input urgent: must be true or false, given "yes".',
    ],
    ['a blank name', () => gate('--as', ' '), '--as takes a name of 1 to 200 characters; given " ".'],
    [
      'an unusable run id',
      () => gate('--run-id', '../x'),
      '--run-id must be 1 to 100 letters, digits, dots, hyphens or underscores; given "../x".',
    ],
    ['no pipeline', () => ['run'], 'Name the file of a pipeline, or use --resume; see: mandate run --help'],
    [
      'a pipeline to resume',
      () => gate('--resume', 'x'),
      '--resume goes on with a run as it was started: leave out the pipeline, --input, --run-id and --detach.',
    ],
    ['an unknown option', () => gate('--detatch'), "unknown option '--detatch' (Did you mean --detach?)"],
    ['an unknown command', () => ['rejct'], "unknown command 'rejct' (Did you mean reject?)"],
    ['a rejection without a reason', () => ['reject', 'x'], "required option '--reason <text>' not specified"],
    [
      'an unknown outcome',
      () => ['reconcile', 'x', 'maybe'],
      "command-argument value 'maybe' is invalid for argument 'outcome'. Allowed choices are happened, did-not-happen.",
    ],
    [
      'an unknown role',
      () => ['worker', '--roles', 'worker,cook'],
      "option '--roles <list>' argument 'worker,cook' is invalid. Unknown: cook. Allowed are worker, executor, agents, mail.",
    ],
  ])('is refused for %s', async (_, args, fault) => {
    const { exitCode, stdout, stderr } = await cli.run(args());

    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 2, stdout: '', stderr: `mandate: ${fault}` });
  });

  it('is refused for a setting that does not exist', async () => {
    const { exitCode, stderr } = await cli.run(['runs'], { env: { MANDATE_DATTA: '/tmp' } });

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^mandate: Unknown setting MANDATE_DATTA; known: /);
  });

  it('is told to programs as JSON', async () => {
    const { stderr } = await cli.run(tell('--json', '-i', 'url=x', '-i', 'count=many'));

    expect(JSON.parse(stderr)).toEqual({
      error: {
        type: 'InvalidInput',
        message: '--input count: must be a number, given "many".',
        field: 'inputs.count',
        given: 'many',
        allowed: ['a number'],
      },
    });
  });
});

describe('a data folder that cannot be one', () => {
  it.each([
    ['run', () => [cli.file('gate.yaml')]],
    ['dev', () => []],
    ['migrate', () => []],
    ['executor', () => ['start']],
  ])('is refused by %s', async (command, args) => {
    const file = await aFile('data', '');
    const { exitCode, stdout, stderr } = await cli.run([command, ...args()], { env: { MANDATE_DATA: file } });

    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `mandate: The data folder ${file} cannot be used: it is a file; set MANDATE_DATA to a folder that this user may write.`,
    });
  });

  it('is found by doctor, and so is a Temporal program that is none', async () => {
    const file = await aFile('data', '');
    const { exitCode, stdout } = await cli.run(['doctor'], { env: { MANDATE_DATA: file, TEMPORAL_CLI_PATH: file } });

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^fail +data folder +The data folder .*: it is a file; set MANDATE_DATA/m);
    expect(stdout).toMatch(/^fail +temporal program +TEMPORAL_CLI_PATH is .*which is not an executable file; set it/m);
  });
});

describe('channels that no worker could use', () => {
  const HOOK = { MANDATE_NOTIFY_WEBHOOKS: 'ops https://example.org/ops' };

  it.each<[string, string, Record<string, string>, RegExp]>([
    [
      'that are not configured',
      'approvals: { notify: [nope] }',
      {},
      /^mandate: Notifications go to nope, which is not/,
    ],
    [
      'mail that is not configured',
      'approvals: { notify: [mail] }',
      {},
      /^mandate: Notifications go to mail, which is/,
    ],
    [
      'fewer than are required',
      'approvals: { requireChannels: { P0: 2 } }',
      {},
      /^mandate: Requests of priority P0 have/,
    ],
    [
      'without a secret',
      '',
      HOOK,
      /^mandate: MANDATE_NOTIFY_WEBHOOKS names channels, and there is no MANDATE_NOTIFY_SECRET/,
    ],
  ])('are refused by dev, run and worker before anything starts: %s', async (_, text, env, fault) => {
    const config = await aFile('mandate.yaml', text);
    const data = join(cli.folder, 'unused');
    const given = { MANDATE_DATA: data, MANDATE_CONFIG: config, ...env };

    const ended = [
      await cli.run(['dev'], { env: given }),
      await cli.run(['run', cli.file('gate.yaml')], { env: given }),
      await cli.run(['worker', '--roles', 'worker'], { env: { ...given, TEMPORAL_ADDRESS: '127.0.0.1:1' } }),
    ];

    const [line] = ended.map(({ stderr }) => stderr);
    expect(line).toMatch(fault);
    expect(line?.split('\n')).toHaveLength(1);
    expect(ended).toMatchObject(ended.map(() => ({ exitCode: 2, stdout: '', stderr: line })));
    expect(existsSync(data)).toBe(false);
  });
});

describe("Temporal's own settings", () => {
  it.each([
    [
      'a profile that does not exist',
      ['runs'],
      { TEMPORAL_PROFILE: 'nope' },
      /TEMPORAL_PROFILE names nope, .* known: home\./,
    ],
    [
      'a profile that does not exist, to a worker',
      ['worker'],
      { TEMPORAL_PROFILE: 'nope' },
      /TEMPORAL_PROFILE names nope, which Temporal's configuration file does not have/,
    ],
    [
      'a file that does not exist',
      ['runs'],
      { TEMPORAL_CONFIG_FILE: '/no.toml' },
      /names \/no\.toml, which cannot be read: ENOENT/,
    ],
    [
      'a file that is none',
      ['runs'],
      { TEMPORAL_CONFIG_FILE: fileURLToPath(import.meta.url) },
      /configuration file cannot be understood: Invalid TOML/,
    ],
  ])('are refused for %s', async (_, args, env: Record<string, string>, fault) => {
    const file = await aFile('temporal.toml', '[profile.home]\naddress = "127.0.0.1:1"\n');
    const { exitCode, stderr } = await cli.run(args, { env: { TEMPORAL_CONFIG_FILE: file, ...env } });

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(fault);
    expect(stderr.split('\n')).toHaveLength(1);
  });
});

describe('a data folder without any runs', () => {
  it.each([
    ['runs'],
    ['inbox'],
    ['show', 'x'],
    ['report', 'x'],
    ['approve', 'x'],
    ['cancel', 'x'],
    ['ledger', 'verify'],
    ['run', '--resume'],
  ])('is said to be empty by %s %s', async (...args) => {
    const { exitCode, stdout, stderr } = await cli.run(args);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^mandate: Noth?ing (here yet|to resume): /);
  });
});

describe('a production worker', () => {
  it('refuses to start on a database that was not migrated', async () => {
    const { exitCode, stderr } = await cli.run(['worker'], {
      env: { TEMPORAL_ADDRESS: '127.0.0.1:1' },
    });

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^mandate: The database lacks .*; run `mandate migrate`$/);
  });
});
