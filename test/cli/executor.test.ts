import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newPersonalToken } from '../../src/activities/decision-proof.ts';
import { processIdentity } from '../../src/dev/process-identity.ts';
import { aDispatch, dispatchApproved } from '../support/dispatches.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { DRAFT_KEYS } from '../support/start-executor.ts';
import { until } from '../support/until.ts';
import { openCli } from './support/mandate-cli.ts';
import type { Cli } from './support/mandate-cli.ts';

interface Status {
  readonly alive: readonly { readonly pid: number; readonly why: string | null }[];
  readonly stopped: readonly { readonly pid: number; readonly why: string }[];
  readonly lost: readonly unknown[];
  readonly counters: Readonly<Record<string, number>>;
  readonly pause: object | null;
  readonly here: { readonly pid: number; readonly phase: string; readonly log: string } | null;
}

interface Started {
  readonly outcome: string;
  readonly pid: number;
  readonly log: string;
}

let receiver: Receiver;
let mandate: Mandate;
let cli: Cli;
beforeAll(async () => {
  receiver = await startReceiver();
  mandate = await startMandate({ roles: ['worker'], env: { ...receiver.env, ...DRAFT_KEYS } });
  cli = await openCli({
    ...receiver.env,
    ...DRAFT_KEYS,
    TEMPORAL_ADDRESS: mandate.address,
    TEMPORAL_NAMESPACE: mandate.namespace,
    MANDATE_DATA: mandate.folder,
  });
});
afterAll(async () => {
  await cli.remove();
  await mandate.stop();
  await receiver.close();
});
afterEach(async () => {
  const { here } = await cli.json<Status>(['executor', 'status']);
  if (here === null) return;
  process.kill(here.pid, 'SIGKILL');
  await until('the executor to be gone', async () => (await processIdentity(here.pid)) === undefined);
});

const executor = <T>(...args: string[]): Promise<T> => cli.json<T>(['executor', ...args]);

describe('mandate executor', () => {
  it('starts once, shows itself, and stops with a reason', async () => {
    const started = await executor<Started>('start');
    const again = await executor<Started>('start');
    const working = await executor<Status>('status');
    const stopped = await executor('stop', '--as', 'ada', '--reason', 'an upgrade');
    const after = await cli.run(['executor', 'status', '--json']);
    const nothing = await cli.run(['executor', 'stop', '--json']);

    const { pid } = started;
    const log = path.join(mandate.folder, 'executor.log');
    expect(started).toEqual({ outcome: 'started', pid, startedAt: expect.any(String), log, inDev: false });
    expect(again).toEqual({ ...started, outcome: 'already_running' });
    expect(working.alive).toMatchObject([{ pid, why: null }]);
    expect(working.here).toMatchObject({ pid, phase: 'working', log });
    expect(await readFile(log, 'utf8')).toMatch(/Working as executor in namespace/);
    expect(stopped).toEqual({ outcome: 'stopped', pid, running: [] });
    expect(after.exitCode).toBe(3);
    expect(JSON.parse(after.stdout)).toMatchObject({
      alive: [],
      stopped: [{ pid, why: 'stopped by ada: an upgrade' }],
      here: null,
    });
    expect(nothing).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(nothing.stdout)).toEqual({ outcome: 'not_running', pid: null, running: [] });
    expect(await mandate.store.ledger.entries({ run: 'executor' })).toMatchObject([
      { type: 'executor.started', body: { pid } },
      { type: 'executor.stopped', body: { pid, why: 'stopped by ada: an upgrade' } },
    ]);
  });

  it('says what it waits for while it stops, and is asked only once', async () => {
    const { pid } = await executor<Started>('start');
    const request = aDispatch(`${receiver.url}/hold`, { timeoutSeconds: 100 });
    const handle = await dispatchApproved(mandate.client, request);
    await until('the delivery', () => receiver.count(request.draftId) === 1);

    const impatient = await cli.run(['executor', 'stop', '--wait', '0', '--json']);
    const again = await cli.run(['executor', 'stop', '--wait', '0', '--json']);
    const stopping = await executor<Status>('status');
    receiver.release();
    const stopped = await executor('stop');

    for (const { exitCode, stdout } of [impatient, again]) {
      expect(exitCode).toBe(3);
      expect(JSON.parse(stdout)).toMatchObject({
        outcome: 'draining',
        pid,
        running: [{ draftId: request.draftId, kind: 'webhook', run: request.run }],
      });
    }
    expect(stopping.alive).toMatchObject([{ pid, why: expect.stringMatching(/^stopped by .*: no reason given$/) }]);
    expect(stopped).toMatchObject({ outcome: expect.stringMatching(/^(stopped|not_running)$/) });
    expect(await handle.result()).toMatchObject({ status: 'completed' });
  });

  it('is not taken for another process that was given its id', async () => {
    const file = path.join(mandate.folder, 'executor.json');
    const left = { pid: process.pid, identity: 'of long ago', startedAt: '2026-01-31T12:00:00Z', log: null, id: null };
    await writeFile(file, JSON.stringify({ ...left, phase: 'working' }));

    const { here } = await executor<Status>('status');
    const stopped = await executor('stop');
    const started = await cli.json<Started>(['executor', 'start'], { MANDATE_TOKEN: newPersonalToken().token });

    expect(await readFile(started.log, 'utf8')).not.toContain('MANDATE_TOKEN');
    expect(here).toBeNull();
    expect(stopped).toMatchObject({ outcome: 'not_running' });
    expect(started).toMatchObject({ outcome: 'started' });
    expect(started.pid).not.toBe(process.pid);
  });

  it('tells why it does not start', async () => {
    const away = await cli.run(['executor', 'start', '--json'], { env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } });

    expect({ exitCode: away.exitCode, stdout: away.stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(JSON.parse(away.stderr)).toMatchObject({
      error: { type: 'NoServer', message: expect.stringContaining('127.0.0.1:1') },
    });
  });

  it('is paused for all workers by whoever came first, and goes on', async () => {
    await executor('start');

    const paused = await executor('pause', '--as', 'ada', '--reason', 'the receiver is on fire');
    const again = await executor('pause', '--as', 'ben');
    const status = await cli.run(['executor', 'status', '--json']);
    const text = await cli.run(['executor', 'status']);
    const resumed = await executor('resume', '--as', 'ben');
    const twice = await executor('resume', '--as', 'ben');

    const pause = { by: 'ada', reason: 'the receiver is on fire', since: expect.any(String) };
    expect(paused).toEqual({ outcome: 'paused', ...pause });
    expect(again).toEqual({ outcome: 'already_paused', ...pause });
    expect(status.exitCode).toBe(3);
    expect(JSON.parse(status.stdout)).toMatchObject({ pause });
    expect(text.stdout).toMatch(/Paused by ada since .*: the receiver is on fire; go on with: mandate executor resume/);
    expect(resumed).toEqual({ outcome: 'resumed', ...pause });
    expect(twice).toEqual({ outcome: 'not_paused' });
    const entries = await mandate.store.ledger.entries({ run: 'executor' });
    expect(entries.filter(({ type }) => /paused|resumed/.test(type)).map(({ type, body }) => [type, body])).toEqual([
      ['executor.paused', { by: 'ada', reason: 'the receiver is on fire' }],
      ['executor.resumed', { by: 'ben' }],
    ]);
  });
});

describe('the credentials', () => {
  it('are what an executor does not start without', async () => {
    const withoutKeys = await openCli({
      TEMPORAL_ADDRESS: mandate.address,
      TEMPORAL_NAMESPACE: mandate.namespace,
    });
    await withoutKeys.json(['migrate']);

    const { exitCode, stderr } = await withoutKeys.run(['executor', 'start', '--json']);
    await withoutKeys.remove();

    expect(exitCode).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({
      error: {
        type: 'NotStarted',
        message: expect.stringMatching(/^The executor did not start, it ended: .*set MANDATE_DRAFT_KEYS to id:hex/),
        hint: expect.stringContaining('executor.log'),
      },
    });
  });

  it('are not needed by the other roles, and not read by them', async () => {
    const worker = cli.start(['worker', '--roles', 'worker,agents'], {
      MANDATE_DRAFT_KEYS: 'not a key',
      MANDATE_TOKEN: 'not a token',
    });
    await worker.sees(/^MANDATE_TOKEN: no worker is a person; not read/m);
    await worker.sees(/MANDATE_DRAFT_KEYS, MANDATE_WEBHOOK_SECRET: not for the roles worker, agents; not read/);
    await worker.sees(/Working as worker, agents in namespace/);
    worker.child.kill('SIGTERM');

    expect(await worker.ended()).toMatchObject({ exitCode: 0 });
  });
});

describe('beside mandate dev', () => {
  it('its executor counts, and is ended with it', async () => {
    const other = await openCli();
    const dev = other.start(['dev', '--json']);
    await dev.sees(/Ready; Ctrl-C ends it/);

    const started = await other.json<Started>(['executor', 'start']);
    const status = await other.json<Status>(['executor', 'status']);
    const stopped = await other.run(['executor', 'stop', '--json']);
    dev.child.kill('SIGTERM');
    await dev.ended();
    const after = await other.json<Status>(['executor', 'status']);
    await other.remove();

    expect(started).toMatchObject({ outcome: 'already_running', inDev: true, pid: dev.child.pid });
    expect(status.alive).toMatchObject([{ pid: dev.child.pid }]);
    expect(stopped).toMatchObject({ exitCode: 1, stdout: '' });
    expect(JSON.parse(stopped.stderr)).toMatchObject({ error: { type: 'PartOfDev' } });
    expect(after.stopped).toMatchObject([{ pid: dev.child.pid, why: 'its mandate dev or mandate run ended' }]);
  });
});
