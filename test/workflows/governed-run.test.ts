import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMandate } from '../../src/client.ts';
import type { Mandate as Client, RunReport, RunRequest } from '../../src/client.ts';
import { agentWorkflowId, runWorkflowId } from '../../src/contract/ids.ts';
import { PHASES } from '../../src/policy/phase.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { aGate, anAgentStage, aProposal, aRunRequest, DONE } from '../support/pipelines.ts';
import { until } from '../support/until.ts';

let mandate: Mandate;
let client: Client;
beforeAll(async () => {
  mandate = await startMandate();
  client = createMandate(mandate.client);
});
afterAll(async () => mandate.stop());

async function finish(request: RunRequest): Promise<RunReport> {
  const { runId } = await client.start(request);
  return client.result(runId);
}

async function requestOf(runId: string): Promise<string> {
  return until('a request', async () => (await client.show(runId)).waitingForRequests[0]);
}

async function entriesOf(runId: string, type: string): Promise<Record<string, unknown>[]> {
  const entries = await mandate.store.ledger.entries({ run: runId });
  return entries.filter((entry) => entry.type === type).map((entry) => entry.body);
}

const closing = (
  approval: 'none' | { approvers: { id: string }[]; timeoutSeconds?: number; onTimeout?: 'cancelRun' },
) => ({
  actions: [{ kind: 'ledger_done' as const, approval }],
});

it('a run whose requests nobody would hear of does not begin', async () => {
  const gate = aGate({ channels: ['fax'] });
  const { runId } = await client.start(aRunRequest([gate]));

  await expect(client.result(runId)).rejects.toMatchObject({
    message: expect.stringMatching(/stages\[0\]\.approval\.channels: fax is not configured/),
  });
  expect(await mandate.recorded(runId)).toEqual([]);
});

describe('an agent stage', () => {
  it('goes through the eight phases in their order', async () => {
    const report = await finish(aRunRequest([anAgentStage()]));

    expect(report).toMatchObject({ status: 'completed', agents: [{ agentId: 'worker-1', status: 'COMPLETED' }] });
    const phases = (await entriesOf(report.runId, 'phase.entered')).map((body) => body['phase']);
    expect(phases).toEqual(PHASES.filter((phase) => phase !== 'REVOKED'));
  });

  it('fails when its program exits with 1, and says why', async () => {
    const report = await finish(aRunRequest([anAgentStage(['exit:1'])]));

    expect(report.status).toBe('failed');
    expect(report.stages[0]?.error).toMatch(/EXECUTE failed: .*exited with code 1/);
  });

  it('is found out at PREFLIGHT when its program is missing, before anything runs', async () => {
    const stage = anAgentStage();
    const report = await finish(aRunRequest([{ ...stage, agent: { ...stage.agent, command: ['no-such-program'] } }]));

    expect(report.stages[0]?.error).toMatch(/PREFLIGHT failed: program: "no-such-program" is not an executable/);
  });

  it('may propose what has a rule, and learns how it ended', async () => {
    const stage = anAgentStage([aProposal(), 'answer', DONE], closing('none'));
    const report = await finish(aRunRequest([stage], { items: ['one'] }));

    expect(report).toMatchObject({ status: 'completed', effects: [{ kind: 'ledger_done', status: 'completed' }] });
    expect(await entriesOf(report.runId, 'item.opened')).toEqual([{ item: 'one' }]);
    expect(await entriesOf(report.runId, 'item.closed')).toMatchObject([{ item: 'one' }]);
    const answer = await mandate.store.outputs.get({ run: report.runId, name: 'answer' });
    expect(answer?.content).toMatchObject({ content: { type: 'decision', proposal: 'p1', outcome: 'completed' } });
  });

  it('is warned for a kind that has no rule, and revoked for the second', async () => {
    const twice = [aProposal(), 'answer', aProposal({ id: 'p2' }), 'wait'];
    const report = await finish(aRunRequest([anAgentStage(twice)]));

    expect(report.status).toBe('revoked');
    expect(report.violations).toMatchObject([
      { type: 'FORBIDDEN_ACTION', severity: 'medium', response: 'warn' },
      { type: 'FORBIDDEN_ACTION', severity: 'medium', response: 'revoke' },
    ]);
    expect(report.agents).toMatchObject([{ status: 'REVOKED' }]);
  });

  it('has nothing admitted any more once it is revoked, however fast it goes on proposing', async () => {
    const forbidden = { action: { kind: 'webhook', target: { url: 'https://a.example' }, payload: { body: 1 } } };
    const script = [
      aProposal({ id: 'f1', ...forbidden }),
      'answer',
      aProposal({ id: 'f2', ...forbidden }),
      'answer',
      aProposal(),
      'wait',
    ];
    const report = await finish(aRunRequest([anAgentStage(script, closing('none'))], { items: ['one'] }));

    expect(report).toMatchObject({ status: 'revoked', effects: [] });
    expect(await mandate.store.claims.forRun(report.runId)).toEqual([]);
  });

  it('is revoked at once for an effect that it proposes while it plans', async () => {
    const stage = anAgentStage({ PLAN: [aProposal(), 'wait'] }, { plan: { agent: true }, ...closing('none') });
    const report = await finish(aRunRequest([stage], { items: ['one'] }));

    expect(report).toMatchObject({
      status: 'revoked',
      violations: [{ type: 'APPLY_WITHOUT_PLAN', response: 'revoke' }],
    });
    expect(await mandate.store.claims.forRun(report.runId)).toEqual([]);
  });

  it('does nothing before people have accepted its plan, where the stage asks them', async () => {
    const plan = { agent: true as const, approval: { approvers: [{ id: 'ana' }] } };
    const stage = anAgentStage({ PLAN: [{ type: 'plan', plan: { steps: ['one'] } }, DONE] }, { plan });
    const { runId } = await client.start(aRunRequest([stage]));

    const requestId = await requestOf(runId);
    const item = await client.request(requestId);
    expect(item.action.payload).toEqual({ plan: { steps: ['one'] } });
    expect(await client.decide(requestId, { by: 'worker-1', verdict: 'approve' })).toMatchObject({
      outcome: 'NotAnApprover',
    });
    await client.decide(requestId, { by: 'ana', verdict: 'reject', reason: 'too bold' });

    expect((await client.result(runId)).stages[0]?.error).toMatch(
      /the plan was not accepted. Rejected by ana: too bold/,
    );
  });

  it('is warned when a declared artifact is absent at PACKAGE', async () => {
    const script = ['file:made.txt', { type: 'output', name: 'made.txt', path: 'made.txt' }, DONE];
    const report = await finish(aRunRequest([anAgentStage(script, { artifacts: ['made.txt', 'missing.txt'] })]));

    expect(report).toMatchObject({ status: 'completed', artifacts: [{ name: 'made.txt' }] });
    expect(report.violations).toMatchObject([{ type: 'MISSING_ARTIFACT', response: 'warn' }]);
  });

  it('fails at VERIFY when a check fails, with what the check said', async () => {
    const verify = [{ name: 'looks-good', command: ['sh', '-c', 'echo not good; exit 3'] }];
    const report = await finish(aRunRequest([anAgentStage([DONE], { verify })]));

    expect(report.stages[0]?.error).toBe('VERIFY failed: check "looks-good": exit code 3: not good');
  });

  it("is not told Mandate's own environment", async () => {
    const verify = [{ name: 'env', command: ['sh', '-c', 'env | grep -c MANDATE_ || true'] }];
    const { runId } = await finish(aRunRequest([anAgentStage([DONE], { verify })]));

    expect(await entriesOf(runId, 'check.ran')).toMatchObject([{ passed: true, detail: '0' }]);
  });
});

describe('ending an agent', () => {
  async function working(): Promise<{ runId: string; pids: number[] }> {
    const { runId } = await client.start(
      aRunRequest([anAgentStage(['wait']), anAgentStage([DONE], { name: 'after' })]),
    );
    const file = path.join(mandate.folder, 'workspaces', runId, 'work', 'pids');
    // It is there a moment before anything stands in it.
    const text = await until(
      'the agent to work',
      () => (existsSync(file) ? readFileSync(file, 'utf8') : '') || undefined,
    );
    return { runId, pids: text.split(' ').map(Number) };
  }

  const isGone = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      // A zombie that nobody reaps is gone all the same.
      return /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return true;
    }
  };

  it('by revocation stops its whole process group and lets no further stage begin', async () => {
    const { runId, pids } = await working();
    await client.revoke(runId, 'gus', 'it went astray');
    const report = await client.result(runId);

    expect(report).toMatchObject({ status: 'revoked', agents: [{ status: 'REVOKED' }] });
    expect(report.stages.map(({ status }) => status)).toEqual(['failed', 'skipped']);
    expect(pids.map(isGone)).toEqual([true, true]);
  });

  it('by cancelling the run stops it too, and leaves a report', async () => {
    const { runId, pids } = await working();
    await client.cancel(runId);
    const report = await client.result(runId);

    expect(report).toMatchObject({ status: 'cancelled', agents: [{ status: 'FAILED' }] });
    expect(pids.map(isGone)).toEqual([true, true]);
  });

  it('withdraws a draft that waits for people', async () => {
    const stage = anAgentStage([aProposal(), 'answer', DONE], closing({ approvers: [{ id: 'ana' }] }));
    const { runId } = await client.start(aRunRequest([stage], { items: ['one'] }));
    const requestId = await requestOf(runId);
    await client.cancel(runId);
    const report = await client.result(runId);

    expect(report).toMatchObject({ status: 'cancelled', effects: [{ status: 'cancelled' }] });
    expect(report.approvals).toMatchObject([{ requestId, status: 'cancelled' }]);
    expect(await client.decide(requestId, { by: 'ana', verdict: 'approve' })).toMatchObject({
      outcome: 'AlreadyDecided',
    });
  });

  it('ignores a revocation that names nobody, and records it', async () => {
    const { runId } = await working();
    await mandate.client.workflow.getHandle(agentWorkflowId(runId, 'work')).signal('revoke', { reason: 'x' });
    await client.cancel(runId);
    await client.result(runId);

    expect(await entriesOf(runId, 'message.refused')).toMatchObject([{ message: 'revoke' }]);
  });
});

describe('a gate', () => {
  it('lets the run go on when people approve', async () => {
    const { runId } = await client.start(aRunRequest([aGate(), anAgentStage()]));
    await client.decide(await requestOf(runId), { by: 'ana', verdict: 'approve' });

    expect((await client.result(runId)).stages.map(({ status }) => status)).toEqual(['completed', 'completed']);
  });

  it('rejects the run when a person rejects', async () => {
    const { runId } = await client.start(aRunRequest([aGate(), anAgentStage()]));
    await client.decide(await requestOf(runId), { by: 'ana', verdict: 'reject', reason: 'not on a Friday' });
    const report = await client.result(runId);

    expect(report).toMatchObject({ status: 'rejected', agents: [] });
    expect(report.stages).toMatchObject([
      { status: 'failed', error: 'Rejected by ana: not on a Friday' },
      { status: 'skipped' },
    ]);
  });

  it.each([
    ['reject', 'rejected'],
    ['approve', 'completed'],
    ['cancelRun', 'cancelled'],
  ] as const)('that nobody answers applies %s, and the run ends %s', async (onTimeout, status) => {
    const report = await finish(aRunRequest([aGate({ timeoutSeconds: 1, onTimeout })]));

    expect(report).toMatchObject({ status, approvals: [{ status: 'expired', default: onTimeout, decisions: [] }] });
  });

  it('that is overdue and suspended pauses the run until somebody decides', async () => {
    const { runId } = await client.start(aRunRequest([aGate({ timeoutSeconds: 1, onTimeout: 'suspend' })]));
    const requestId = await requestOf(runId);
    await until('the pause', async () => ((await client.show(runId)).status === 'paused' ? true : undefined));
    expect(await client.request(requestId)).toMatchObject({ status: 'suspended', overdue: true });
    await client.decide(requestId, { by: 'ana', verdict: 'approve' });

    expect((await client.result(runId)).status).toBe('completed');
    expect(await entriesOf(runId, 'run.resumed')).toHaveLength(1);
  });
});

describe('a draft whose deadline cancels the run', () => {
  it('ends the run as cancelled', async () => {
    const stage = anAgentStage(
      [aProposal(), 'wait'],
      closing({ approvers: [{ id: 'ana' }], timeoutSeconds: 1, onTimeout: 'cancelRun' }),
    );
    const report = await finish(aRunRequest([stage], { items: ['one'] }));

    expect(report).toMatchObject({ status: 'cancelled', effects: [{ status: 'expired' }] });
  });
});

describe('starting a run', () => {
  it('is refused with the place of the fault before anything begins', async () => {
    const stages = [aGate(), { kind: 'parallel' as const, name: 'both', branches: [[aGate()]] }];
    await expect(client.start(aRunRequest(stages))).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('pipeline.stages[1].kind: "parallel" is part of the format but not carried out'),
    });
  });

  it('by a plain client is refused in the same words', async () => {
    const started = mandate.client.workflow.execute('governedRun', {
      taskQueue: 'mandate',
      workflowId: runWorkflowId('refused'),
      args: [{ pipeline: { name: 'x', stages: [] }, requester: 'gus' }],
    });

    await expect(started).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message: expect.stringContaining('pipeline.stages') },
    });
    expect(await mandate.store.ledger.entries({ run: 'refused' })).toEqual([]);
  });

  it('twice with the same id starts it once', async () => {
    const first = await client.start(aRunRequest([anAgentStage()]), { runId: 'the-same' });
    const second = await client.start(aRunRequest([anAgentStage()]), { runId: 'the-same' });
    const report = await client.result('the-same');
    await client.start(aRunRequest([anAgentStage()]), { runId: 'the-same' });

    expect(second).toEqual(first);
    expect(report.status).toBe('completed');
    expect(await entriesOf('the-same', 'run.started')).toHaveLength(1);
  });

  it('waits between stages while somebody has paused it', async () => {
    const { runId } = await client.start(aRunRequest([aGate(), anAgentStage()]));
    // A run that is paused before its gate asks nobody.
    const requestId = await requestOf(runId);
    await client.pause(runId, 'gus', 'lunch');
    await client.decide(requestId, { by: 'ana', verdict: 'approve' });
    await until('the gate to end', async () =>
      (await client.show(runId)).stages[0]?.status === 'completed' ? true : undefined,
    );
    expect((await client.show(runId)).stages[1]?.status).toBe('pending');
    await client.resume(runId, 'gus');

    expect((await client.result(runId)).status).toBe('completed');
  });
});
