import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { RunReport, RunRequest, RunState } from '../../src/contract/run.ts';
import { aDispatch, requestOf, startDispatch } from '../support/dispatches.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

// Nothing of Mandate's own client is used here: names as strings, inputs as data, as any other program has them.

let mandate: Mandate;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  mandate = await startMandate({ env: receiver.env });
});
afterAll(async () => {
  await mandate.stop();
  await receiver.close();
});

function temporal(...args: string[]): Promise<unknown> {
  return execa(inject('temporalBinary'), [...args, '--address', mandate.address, '--namespace', mandate.namespace]);
}

function aRun(...gates: { name: string; timeoutSeconds?: number; onTimeout?: 'suspend' }[]): RunRequest {
  return {
    requester: 'gus',
    pipeline: {
      name: 'ask-people',
      stages: gates.map(({ name, ...settings }) => ({
        kind: 'gate',
        name,
        approval: { approvers: [{ id: 'ana' }], ...settings },
      })),
    },
  };
}

describe('any Temporal client', () => {
  it('starts a governed run and approves its gate', async () => {
    const { workflow } = mandate.client;

    const run = await workflow.start('governedRun', {
      taskQueue: 'mandate',
      workflowId: 'run/plain-1',
      args: [aRun({ name: 'ask' })],
    });
    const requestId = await until('a request', async () => (await run.query<RunState>('state')).waitingFor);
    await workflow.getHandle(`approval/${requestId}`).signal('approve', { by: 'ana', reason: 'why not' });
    const report = (await run.result()) as RunReport;

    expect(report).toMatchObject({
      runId: 'plain-1',
      status: 'completed',
      approvals: [{ requestId, status: 'approved', decisions: [{ by: 'ana', reason: 'why not' }] }],
    });
  });

  it('approves from a shell, with a bare name', async () => {
    const request = aDispatch(`${receiver.url}/ok`);
    const handle = await startDispatch(mandate.client, request);
    const requestId = await requestOf(handle);

    await temporal(
      'workflow',
      'signal',
      '--workflow-id',
      `approval/${requestId}`,
      '--name',
      'approve',
      '--input',
      '"ana"',
    );

    expect(await handle.result()).toMatchObject({ status: 'completed' });
    expect(receiver.count(request.draftId)).toBe(1);
  });

  it('rejects from a shell, with an answer', async () => {
    const request = aDispatch(`${receiver.url}/ok`);
    const handle = await startDispatch(mandate.client, request);
    const requestId = await requestOf(handle);

    const input = JSON.stringify({ by: 'ana', verdict: 'reject', reason: 'not from a shell' });
    const id = ['--workflow-id', `approval/${requestId}`];
    await temporal('workflow', 'update', 'execute', ...id, '--name', 'decide', '--input', input);

    expect(await handle.result()).toMatchObject({ status: 'rejected', error: 'Rejected by ana: not from a shell' });
    expect(receiver.count(request.draftId)).toBe(0);
  });

  it('is told what is wrong with a run before anything starts', async () => {
    const run = await mandate.client.workflow.start('governedRun', {
      taskQueue: 'mandate',
      workflowId: 'run/plain-2',
      args: [{ ...aRun({ name: 'ask' }), requester: '' }],
    });

    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message: expect.stringMatching(/requester/) },
    });
    expect(await mandate.recorded('plain-2')).toEqual([]);
  });
});

describe('a gate that is overdue', () => {
  it('pauses its run while it is suspended, and lets it go on once it is decided', async () => {
    const { workflow } = mandate.client;
    const run = await workflow.start('governedRun', {
      taskQueue: 'mandate',
      workflowId: 'run/overdue',
      args: [aRun({ name: 'first', timeoutSeconds: 1, onTimeout: 'suspend' }, { name: 'second' })],
    });
    const state = (): Promise<RunState> => run.query<RunState>('state');

    const paused = await until('the pause', async () => {
      const seen = await state();
      return seen.status === 'paused' && seen;
    });
    await workflow.getHandle(`approval/${paused.waitingFor}`).signal('approve', 'ana');
    const resumed = await until('the second gate', async () => {
      const seen = await state();
      return seen.waitingFor !== undefined && seen.waitingFor !== paused.waitingFor && seen;
    });
    await workflow.getHandle(`approval/${resumed.waitingFor}`).signal('approve', 'ana');

    expect(resumed.status).toBe('running');
    expect(await run.result()).toMatchObject({ status: 'completed' });
    const types = await mandate.recorded('overdue');
    expect(types.filter((type) => /^run\.(paused|resumed)$/.test(type))).toEqual(['run.paused', 'run.resumed']);
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  });
});
