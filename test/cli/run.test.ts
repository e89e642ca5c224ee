import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { openCli } from './support/mandate-cli.ts';
import type { Cli } from './support/mandate-cli.ts';

let receiver: Receiver;
let cli: Cli;
beforeAll(async () => {
  receiver = await startReceiver();
  cli = await openCli(receiver.env);
});
afterAll(async () => {
  await cli.remove();
  await receiver.close();
});

const tell = (...more: string[]): string[] => [
  'run',
  cli.file('pipeline.yaml'),
  '--input',
  `url=${receiver.url}/ok`,
  '--as',
  'gus',
  ...more,
];

describe('mandate run', () => {
  it('shows the whole action, takes a decision that is piped in, and says where the effect is', async () => {
    const { exitCode, stdout, stderr } = await cli.run(
      tell('--run-id', 'piped', '-i', 'count=2', '-i', 'urgent=true', '-i', 'folder=docs'),
      { input: 'approve because I read it\n' },
    );

    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    for (const shown of [
      /Run piped of notify started by gus/,
      /tell \(agent teller\) begins/,
      /kind +webhook/,
      /"count": 2/,
      /"urgent": true/,
      /digest +sha256:/,
      /may decide +gus; needed: 1 more/,
      /then it counts as rejected/,
      /approve by gus: accepted/,
    ]) {
      expect(stderr).toMatch(shown);
    }
    expect(stderr).toContain(`"folder": "${join(process.cwd(), 'docs')}"`);
    expect(stdout).toMatch(/^Run piped of notify completed/);
    expect(stdout).toContain(`at ${receiver.url}/ok`);
    expect(stdout).toMatch(/Ledger head sha256:[0-9a-f]{64}/);
    const draft = /draft ([\w-]+)/.exec(stdout)?.[1] ?? '';
    expect(receiver.count(draft)).toBe(1);
  });

  it('shows what others wrote without letting it act on the terminal', async () => {
    const { stderr } = await cli.run(tell(), { input: 'approve\n' });

    expect(stderr).toContain('"note": "hello\\u001b[2J\\u202e"');
    expect(stderr).not.toMatch(/(?!\n)\p{C}/u);
  });

  it('ends with exit code 3 when the action is rejected, and nothing is done', async () => {
    const { exitCode, stdout, stderr } = await cli.run(tell(), { input: 'reject because it is Friday\n' });

    expect({ exitCode, stderr }).toMatchObject({ exitCode: 3 });
    expect(stdout).toMatch(/webhook: rejected \(Rejected by gus: it is Friday\)/);
    expect(receiver.count(/draft ([\w-]+)/.exec(stdout)?.[1] ?? '')).toBe(0);
  });

  it('takes only the exact words for a decision, and explains', async () => {
    const input = 'DISAPPROVE\ndo not approve\napprove it\nreject\nyes\napprove\n';
    const { exitCode, stderr } = await cli.run(tell(), { input });

    expect(exitCode).toBe(0);
    expect(stderr.match(/is no decision; type: approve/g)).toHaveLength(4);
    expect(stderr).toMatch(/A rejection needs its reason; type: reject because REASON/);
  });

  it('goes on to the deadline when standard input is closed', async () => {
    const { exitCode, stdout } = await cli.run(['run', cli.file('short-gate.yaml'), '--as', 'gus']);

    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/expired \(reject\)/);
  });

  it('writes JSON Lines for programs, the report last and nothing else', async () => {
    const { exitCode, stdout } = await cli.run(tell('--json'), { input: 'approve\n' });

    const events = stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(exitCode).toBe(0);
    expect(events[0]).toEqual({
      type: 'started',
      runId: expect.any(String),
      workflowId: expect.stringMatching(/^run\//),
    });
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['stage', 'effect', 'approval', 'decision']));
    expect(events.at(-1)).toMatchObject({
      type: 'report',
      runId: events[0]?.['runId'],
      pipeline: 'notify',
      status: 'completed',
      startedAt: expect.stringMatching(/Z$/),
      endedAt: expect.stringMatching(/Z$/),
      stages: [{ path: 'stages[0]', name: 'tell', kind: 'agent', status: 'completed', agentId: 'teller' }],
      agents: [{ agentId: 'teller' }],
      approvals: [
        { requestId: expect.any(String), status: 'approved', decisions: [{ by: 'gus', verdict: 'approve' }] },
      ],
      effects: [{ draftId: expect.any(String), kind: 'webhook', status: 'completed', result: 'executed' }],
      violations: [],
      artifacts: [],
      ledgerHead: expect.stringMatching(/^sha256:/),
    });
  });

  it('with an embedded server asks before Ctrl-C puts the run to sleep, and --resume wakes it', async () => {
    const first = cli.start(['run', cli.file('gate.yaml'), '--as', 'gus', '--run-id', 'slept']);
    await first.sees(/A decision is needed/);
    first.child.kill('SIGINT');
    await first.sees(/run slept sleeps until "mandate dev" or "mandate run --resume slept"/);
    first.child.kill('SIGINT');
    const left = await first.ended();
    const second = await cli.run(['run', '--resume', '--as', 'gus'], { input: 'approve\n' });

    expect(left).toMatchObject({ exitCode: 130, stdout: '', stderr: expect.stringMatching(/Run slept sleeps/) });
    expect(second).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Run slept of ask completed/) });
  });

  it('follows the run that is there already when it is started again under the same id', async () => {
    const again = await cli.run(tell('--run-id', 'piped'));

    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Run piped of notify completed/) });
  });

  it('does not leave a run to a server that ends with it', async () => {
    const { exitCode, stdout, stderr } = await cli.run(tell('--detach', '--json'));

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: {
        type: 'NoServer',
        message: 'There is no server to leave the run to: an embedded one would end with this command.',
        hint: 'Start "mandate dev" first (or set TEMPORAL_ADDRESS), then run this again.',
      },
    });
  });

  it('keeps the record in the data folder, with a key that only its owner can read', async () => {
    const key = JSON.parse(await readFile(join(cli.folder, 'draft-key.json'), 'utf8')) as { current: string };
    const doctor = await cli.json<{ check: string; status: string }[]>(['doctor']);

    expect(key.current).toMatch(/^dev-/);
    expect(doctor.filter(({ status }) => status !== 'ok')).toEqual([]);
    for (const name of await readdir(cli.folder)) {
      const { mode } = await stat(join(cli.folder, name));
      expect([name, mode & 0o077]).toEqual([name, 0]);
    }
  });
});
