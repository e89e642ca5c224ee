import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { Pause, Revocation } from '../contract/agent.ts';
import { runIdOf } from '../contract/ids.ts';
import type { Pipeline } from '../contract/pipeline.ts';
import type { RunInput, RunReport, RunStatus } from '../contract/run.ts';
import { describeFaults } from '../contract/issues.ts';
import { failure } from '../failures.ts';
import { admitRun } from '../policy/admit-run.ts';
import { approvalsOf } from '../policy/answerable.ts';
import { openRun, reachFaults, reports } from './activities.ts';
import { pauseSignal, resumeSignal, revokeSignal, runStateQuery } from './messages.ts';
import { RunRecord } from './run-record.ts';
import { inDecisionOrder } from './signal-order.ts';
import { RunningStage } from './stages.ts';

/**
 * Runs a pipeline, stage by stage, and ends with its report, however it ended. Takes a `RunInput`; a pipeline or an
 * input that is refused fails as InvalidInput before anything has begun.
 */
export async function governedRun(input: unknown): Promise<RunReport> {
  const { workflowId } = workflowInfo();
  const runId = runIdOf(workflowId);
  const admitted = admitRun(input, runId);
  if (!admitted.ok) throw failure('InvalidInput', `Run ${runId}: ${describeFaults(admitted.faults)}`);
  const { request, inputs } = admitted;
  const run = new RunRecord(runId, request, inputs);
  const stages = new RunningStage(runId, request, run);

  setHandler(runStateQuery, () => run.state(), { description: 'how the run stands' });
  inDecisionOrder({
    [pauseSignal.name]: (payload) => readPause(run, payload, 'pause'),
    [resumeSignal.name]: (payload) => readPause(run, payload, 'resume'),
    [revokeSignal.name]: (payload) => {
      const parsed = Revocation.safeParse(payload);
      if (parsed.success) stages.revoke(parsed.data);
      else run.refused('revoke', 'revoke takes {by, reason}');
    },
  });

  await requireReach(runId, request.pipeline);
  await CancellationScope.nonCancellable(() => openRun({ facts: run.started(), runId, items: request.pipeline.items }));
  let status: RunStatus;
  try {
    status = await runStages(request, run, stages);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    status = 'cancelled';
  }
  return CancellationScope.nonCancellable(async () => {
    await run.ended(status);
    await condition(allHandlersFinished);
    return reports.reportRun({ runId });
  });
}

/** A pipeline whose requests nobody would hear of does not begin. */
async function requireReach(runId: string, pipeline: Pipeline): Promise<void> {
  const approvals = approvalsOf(pipeline).map(({ path, settings: { channels, priority } }) => ({
    path,
    channels,
    priority,
  }));
  if (approvals.length === 0) return;
  const faults = await CancellationScope.nonCancellable(() => reachFaults({ approvals }));
  if (faults.length > 0) throw failure('InvalidInput', `Run ${runId}: ${faults.join('; ')}`);
}

async function runStages(request: RunInput, run: RunRecord, stages: RunningStage): Promise<RunStatus> {
  for (const [index, stage] of request.pipeline.stages.entries()) {
    await condition(() => !run.isPaused());
    if (stages.revocation !== undefined) return 'revoked';
    await run.stageStarted(index, stage);
    const end = await stages.carry(index, stage);
    await CancellationScope.nonCancellable(() => run.stageEnded(index, stage, end));
    if (end.status === 'failed') return end.run;
  }
  return 'completed';
}

function readPause(run: RunRecord, payload: unknown, what: 'pause' | 'resume'): void {
  const parsed = Pause.safeParse(payload);
  if (!parsed.success) run.refused(what, `${what} takes {by, reason?}`);
  else if (what === 'pause') run.pause(parsed.data.by, parsed.data.reason);
  else run.resume(parsed.data.by);
}
