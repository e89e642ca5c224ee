import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { openCli } from './support/mandate-cli.ts';
import type { Cli, Running } from './support/mandate-cli.ts';

let receiver: Receiver;
let cli: Cli;
let dev: Running;
beforeAll(async () => {
  receiver = await startReceiver();
  cli = await openCli(receiver.env);
  dev = cli.start(['dev', '--json']);
  await dev.sees(/Decisions here are believed to come from whoever they name/);
  await dev.sees(/Ready; Ctrl-C ends it/);
});
afterAll(async () => {
  dev.child.kill('SIGKILL');
  await cli.remove();
  await receiver.close();
});

async function aDetachedRun(runId: string, ...more: string[]): Promise<string> {
  const started = await cli.json([
    'run',
    cli.file('pipeline.yaml'),
    '-i',
    `url=${receiver.url}/ok`,
    '--as',
    'gus',
    '--detach',
    '--run-id',
    runId,
    ...more,
  ]);
  expect(started).toEqual({ runId, workflowId: `run/${runId}` });
  return until('the request is in the inbox', async () => {
    const inbox = await cli.json<{ runId: string; requestId: string }[]>(['inbox']);
    return inbox.find((item) => item.runId === runId)?.requestId;
  });
}

describe('with mandate dev in another terminal', () => {
  it('a detached run shows in the lists, and is approved from yet another one', async () => {
    const requestId = await aDetachedRun('detached', '-i', 'approver=ana');
    const [inbox, runs, shown] = await Promise.all([
      cli.json<unknown[]>(['inbox']),
      cli.json<unknown[]>(['runs']),
      cli.json(['show', 'detached']),
    ]);
    const run = {
      runId: 'detached',
      pipeline: 'notify',
      status: 'running',
      phase: 'EXECUTE',
      startedAt: expect.stringMatching(/Z$/),
      stages: [{ path: 'stages[0]', name: 'tell', kind: 'agent', status: 'running', agentId: 'teller' }],
    };
    expect(runs).toMatchObject([run]);
    expect(shown).toMatchObject({ ...run, waitingForRequests: [requestId] });
    expect(inbox).toMatchObject([
      {
        requestId,
        runId: 'detached',
        title: expect.any(String),
        kind: 'webhook',
        digest: expect.stringMatching(/^sha256:/),
        priority: 'P1',
        createdAt: expect.stringMatching(/Z$/),
        deadline: expect.stringMatching(/Z$/),
        onTimeout: 'reject',
        needs: { approvals: 1 },
        votes: [],
        overdue: false,
      },
    ]);

    const stranger = await cli.run(['approve', requestId, '--as', 'eve', '--json']);
    expect(stranger.exitCode).toBe(3);
    expect(JSON.parse(stranger.stdout)).toMatchObject({
      requestId,
      outcome: 'NotAnApprover',
      status: 'pending',
      message: expect.any(String),
    });

    const approved = await cli.run(['approve', requestId, '--as', 'ana', '--reason', 'fine', '--json']);
    expect(approved.exitCode).toBe(0);
    expect(JSON.parse(approved.stdout)).toEqual({ requestId, outcome: 'accepted', status: 'approved' });

    const followed = await cli.run(['run', '--resume', 'detached']);
    expect(followed).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/approved +ana: fine/) });
    const late = await cli.run(['reject', requestId, '--as', 'ana', '--reason', 'changed my mind', '--json']);
    expect(JSON.parse(late.stdout)).toMatchObject({ outcome: 'AlreadyDecided', status: 'approved' });
    expect(late.exitCode).toBe(3);
  });

  it('a report comes as text, JSON or Markdown', async () => {
    const [text, json, markdown] = await Promise.all([
      cli.run(['report', 'detached']),
      cli.json(['report', 'detached', '--format', 'json']),
      cli.run(['report', 'detached', '--format', 'markdown']),
    ]);

    expect(text.stdout).toMatch(/^Run detached of notify completed/);
    expect(json).toMatchObject({ runId: 'detached', status: 'completed', effects: [{ result: 'executed' }] });
    expect(markdown.stdout).toMatch(/^# Run `detached`: completed\n[^]*## Effects\n\n\| draft \|/);
  });

  it('a decision from another terminal is noticed by who follows', async () => {
    const following = cli.start(['run', cli.file('gate.yaml'), '--as', 'gus', '--run-id', 'noticed']);
    const [, requestId = ''] = await following.sees(/mandate approve (\S+)/);
    await cli.run(['reject', requestId, '--as', 'gus', '--reason', 'no']);

    expect(await following.ended()).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/Request \S+: rejected by gus/),
    });
  });

  it('Ctrl-C leaves a run to go on, and says how to come back', async () => {
    const following = cli.start(['run', cli.file('gate.yaml'), '--as', 'gus', '--run-id', 'left']);
    await following.sees(/A decision is needed/);
    following.child.kill('SIGINT');

    expect(await following.ended()).toMatchObject({
      exitCode: 130,
      stdout: '',
      stderr: expect.stringMatching(/Run left goes on; come back with: mandate run --resume left$/),
    });
  });

  it('a run is cancelled, and what has ended is not cancelled again', async () => {
    const cancelled = await cli.json(['cancel', 'left']);
    await until(
      'it has ended',
      async () => (await cli.json<{ status: string }>(['show', 'left'])).status === 'cancelled',
    );
    const again = await cli.run(['cancel', 'left']);

    expect(cancelled).toEqual({ runId: 'left', outcome: 'accepted' });
    expect(again).toMatchObject({ exitCode: 1, stderr: 'mandate: Run left has ended already: it is cancelled.' });
  });

  it.each([
    [['show', 'nobody'], 'UnknownRun'],
    [['report', 'nobody'], 'UnknownRun'],
    [['cancel', 'nobody'], 'UnknownRun'],
    [['run', '--resume', 'nobody'], 'UnknownRun'],
    [['approve', 'nobody'], 'UnknownRequest'],
    [['reject', 'nobody', '--reason', 'x'], 'UnknownRequest'],
    [['reconcile', 'nobody', 'did-not-happen'], 'UnknownDraft'],
  ])('what is not there is said to be unknown by %s', async (args, type) => {
    const { exitCode, stdout, stderr } = await cli.run([...args, '--json']);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect((JSON.parse(stderr) as { error: unknown }).error).toMatchObject({
      type,
      message: expect.stringContaining('"nobody"'),
    });
  });

  it('show tells why a run was refused at its start', async () => {
    const file = join(cli.folder, 'fax.yaml');
    await writeFile(
      file,
      'name: fax\nstages: [{ kind: gate, name: ask, approval: { approvers: [{ id: ana }], channels: [fax] } }]\n',
    );
    await cli.json(['run', file, '--detach', '--run-id', 'refused']);
    await until('it has ended', async () => (await cli.json(['show', 'refused']))['status'] === 'failed');

    const shown = await cli.json(['show', 'refused']);
    const { stdout } = await cli.run(['show', 'refused']);

    expect(shown).toMatchObject({ status: 'failed', error: expect.stringContaining('fax') });
    expect(stdout).toMatch(/^error +.*fax/m);
  });

  it('doctor finds everything in order', async () => {
    const findings = await cli.json<{ check: string; status: string; detail: string }[]>(['doctor']);

    expect(findings.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['server', 'namespace', 'search attributes', 'database']),
    );
  });

  it('who follows a run goes on with a server of its own when that of mandate dev has ended', async () => {
    const following = cli.start(['run', cli.file('gate.yaml'), '--as', 'gus', '--run-id', 'moved']);
    await following.sees(/A decision is needed/);
    dev.child.kill('SIGTERM');
    const { exitCode, stdout } = await dev.ended();
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      address: expect.any(String),
      uiAddress: expect.any(String),
      dataFolder: cli.folder,
    });

    await following.sees(/has gone away; looking for another/);
    await following.sees(/Going on with the server at/);
    following.type('approve');
    expect(await following.ended()).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Run moved of ask completed/),
    });
  });
});
