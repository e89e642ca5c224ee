import { CancellationScope, isCancellation, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import { ActivityFailure } from '@temporalio/common';
import { AgentRunInput, Revocation } from '../contract/agent.ts';
import type { AgentOutcome, AgentTurnResult } from '../contract/agent.ts';
import { failure, parseInput } from '../failures.ts';
import { agentTurn, checks, drawRequestId, files, reports } from './activities.ts';
import { AgentRecord } from './agent-record.ts';
import { askForApproval } from './ask-for-approval.ts';
import { handlersFinished } from './handlers-finished.ts';
import { agentStateQuery, proposeUpdate, revokeSignal } from './messages.ts';
import { Proposals } from './proposals.ts';
import { inDecisionOrder } from './signal-order.ts';

// How long a stage that failed or was revoked waits for its drafts to be withdrawn. One that has begun goes on alone.
const WITHDRAWAL_SECONDS = 30;

/**
 * Takes one agent through its lifecycle, phase by phase, in the only order there is. Ends COMPLETED, FAILED or REVOKED.
 * Takes an `AgentRunInput`, as an agent stage of a governed run gives it.
 */
export async function agentRun(input: unknown): Promise<AgentOutcome> {
  const spec = parseInput(AgentRunInput, input, `Agent ${workflowInfo().workflowId}`);
  const agent = new AgentRecord(spec);
  const work = new CancellationScope();
  let revoked: Revocation | undefined;
  const revoke = (revocation: Revocation): void => {
    if (revoked === undefined) {
      revoked = revocation;
      // At once, since the executor goes by the record: between the revocation and the end of the agent's program
      // nothing may be admitted or begun.
      agent.revoked(revocation);
    }
    proposals.withdraw();
    work.cancel();
  };
  const proposals = new Proposals(agent, spec, {
    revoke: (reason) => revoke({ by: 'policy', reason }),
    cancelRun: () => {
      agent.cancelsRun = true;
      work.cancel();
    },
  });

  setHandler(agentStateQuery, () => agent.state(), { description: 'how the agent stands' });
  inDecisionOrder({
    [revokeSignal.name]: (payload) => {
      const parsed = Revocation.safeParse(payload);
      if (parsed.success) revoke(parsed.data);
      else agent.refused('revoke', 'revoke takes {by, reason}');
    },
  });
  // After the signals: an update must not overtake a revocation that was sent before it.
  setHandler(proposeUpdate, (payload) => proposals.propose(payload), { description: 'an action the agent wants' });

  try {
    await work.run(async () => {
      await agent.begin();
      await preflight(agent, spec);
      await plan(agent, spec);
      await execute(agent, spec, proposals);
      await verify(agent, spec);
      await packUp(agent, spec);
      await report(agent, spec);
    });
    await agent.enter('EXIT');
    await agent.complete();
  } catch (error) {
    await CancellationScope.nonCancellable(async () => {
      proposals.withdraw();
      await Promise.race([proposals.settled(), sleep(WITHDRAWAL_SECONDS * 1_000, { summary: 'drafts are withdrawn' })]);
      if (revoked !== undefined) await agent.endRevoked(revoked.reason);
      else if (isCancellation(error)) await agent.fail('The run was cancelled.');
      else await agent.fail(reasonOf(error));
    });
  }
  await handlersFinished();
  return agent.outcome();
}

async function preflight(agent: AgentRecord, spec: AgentRunInput): Promise<void> {
  await agent.enter('PREFLIGHT');
  const found = await files.preflight({
    runId: spec.runId,
    requester: spec.requester,
    stage: spec.stage,
    inputs: spec.inputs,
    artifacts: spec.artifacts,
    baseDirectory: spec.baseDirectory,
  });
  agent.note('preflight.checked', { ok: found.ok, checks: found.findings });
  await agent.flush();
  if (!found.ok) throw failure('AgentFailed', `PREFLIGHT failed: ${found.reason}`);
  await runChecks(agent, spec, 'PREFLIGHT', spec.stage.preflight);
}

async function plan(agent: AgentRecord, spec: AgentRunInput): Promise<void> {
  await agent.enter('PLAN');
  const { plan: settings, agent: who, actions } = spec.stage;
  if (settings === undefined) {
    agent.note('plan.accepted', {
      source: 'pipeline',
      objective: who.objective,
      actions: actions.map(({ kind }) => kind),
    });
    await agent.flush();
    return;
  }
  const turn = await takeTurn(spec, 'PLAN');
  if (turn.plan === undefined)
    throw failure('AgentFailed', 'PLAN failed: the agent ended its turn without a plan event.');
  if (settings.approval !== undefined) {
    const asked = await askForApproval(settings.approval, {
      requestId: await drawRequestId(),
      title: `Plan of ${who.id} for stage ${spec.stage.name}`,
      action: { kind: 'plan', target: { run: spec.runId, stage: spec.stage.name }, payload: { plan: turn.plan } },
      requester: spec.requester,
      actingAgent: who.id,
      run: spec.runId,
      stage: spec.stage.name,
      onAsked: (requestId) => {
        agent.waitingFor = requestId;
      },
    });
    agent.waitingFor = undefined;
    if (!asked.approved) {
      agent.note('plan.refused', { plan: turn.plan, reason: asked.reason });
      throw failure('AgentFailed', `PLAN failed: the plan was not accepted. ${asked.reason}`);
    }
  }
  agent.note('plan.accepted', { source: 'agent', plan: turn.plan });
  await agent.flush();
}

async function execute(agent: AgentRecord, spec: AgentRunInput, proposals: Proposals): Promise<void> {
  await agent.enter('EXECUTE');
  await takeTurn(spec, 'EXECUTE');
  await proposals.settled();
}

async function verify(agent: AgentRecord, spec: AgentRunInput): Promise<void> {
  await agent.enter('VERIFY');
  await runChecks(agent, spec, 'VERIFY', spec.stage.verify);
}

async function packUp(agent: AgentRecord, spec: AgentRunInput): Promise<void> {
  await agent.enter('PACKAGE');
  const made = await files.packUp({
    runId: spec.runId,
    stage: spec.stage.name,
    agent: spec.stage.agent.id,
    declared: spec.stage.artifacts,
  });
  for (const name of made.missing) {
    agent.violation('MISSING_ARTIFACT', `The declared artifact "${name}" is absent at PACKAGE.`);
  }
  agent.artifacts = made.artifacts;
  agent.note('package.made', {
    digest: made.digest,
    artifacts: made.artifacts.map(({ name, digest, size }) => ({ name, digest, size })),
  });
  await agent.flush();
}

async function report(agent: AgentRecord, spec: AgentRunInput): Promise<void> {
  await agent.enter('REPORT');
  await reports.reportStage({ runId: spec.runId, stage: spec.stage.name, agent: spec.stage.agent.id });
}

async function runChecks(
  agent: AgentRecord,
  spec: AgentRunInput,
  phase: 'PREFLIGHT' | 'VERIFY',
  list: AgentRunInput['stage']['verify'],
): Promise<void> {
  if (list.length === 0) return;
  const seconds = list.reduce((sum, check) => sum + check.timeoutSeconds, 0);
  const { results } = await checks(seconds).runChecks({
    runId: spec.runId,
    requester: spec.requester,
    agent: spec.stage.agent.id,
    stage: spec.stage.name,
    phase,
    checks: list,
    inputs: spec.inputs,
    artifacts: spec.artifacts,
    baseDirectory: spec.baseDirectory,
  });
  for (const result of results) agent.note('check.ran', { phase, ...result });
  await agent.flush();
  const failed = results.find((result) => !result.passed);
  if (failed !== undefined) throw failure('AgentFailed', `${phase} failed: check "${failed.name}": ${failed.detail}`);
}

async function takeTurn(
  spec: AgentRunInput,
  phase: 'PLAN' | 'EXECUTE',
): Promise<Extract<AgentTurnResult, { status: 'done' }>> {
  const { agent, actions, name } = spec.stage;
  const turn = agentTurn(agent.timeoutSeconds, agent.repeatable, `${agent.id}: ${phase} of ${name}`);
  const result = await turn({
    runId: spec.runId,
    requester: spec.requester,
    stage: name,
    phase,
    agent,
    actions: actions.map(({ kind, approval }) => ({ kind, needsApproval: approval !== 'none' })),
    inputs: spec.inputs,
    artifacts: spec.artifacts,
    baseDirectory: spec.baseDirectory,
  });
  if (result.status === 'done') return result;
  throw failure('AgentFailed', `${phase} failed: ${result.message}`);
}

function reasonOf(error: unknown): string {
  if (error instanceof ActivityFailure) return error.cause?.message ?? error.message;
  return error instanceof Error ? error.message : String(error);
}
