import { ChildWorkflowFailure } from '@temporalio/common';
import { CancellationScope, isCancellation, startChild } from '@temporalio/workflow';
import type { ChildWorkflowHandle } from '@temporalio/workflow';
import type { AgentOutcome, AgentRunInput, Revocation } from '../contract/agent.ts';
import { agentWorkflowId } from '../contract/ids.ts';
import type { AgentStage, GateStage, Stage } from '../contract/pipeline.ts';
import type { RunInput } from '../contract/run.ts';
import { renderApproval, renderStage } from '../policy/render-stage.ts';
import { drawRequestId } from './activities.ts';
import type { agentRun } from './agent-run.ts';
import { askForApproval } from './ask-for-approval.ts';
import type { Asked } from './ask-for-approval.ts';
import { revokeSignal } from './messages.ts';
import type { RunRecord, StageEnd } from './run-record.ts';
import { MandateAgent, MandatePhase, MandateRun } from './search-attributes.ts';
import { summary } from './server-limits.ts';

/** Carries the stages of one run, and knows the agent at work, so that a revocation reaches it. */
export class RunningStage {
  revocation: Revocation | undefined;
  private agent: ChildWorkflowHandle<typeof agentRun> | undefined;
  private readonly runId: string;
  private readonly request: RunInput;
  private readonly run: RunRecord;

  constructor(runId: string, request: RunInput, run: RunRecord) {
    this.runId = runId;
    this.request = request;
    this.run = run;
  }

  /** Revokes the agent at work, and lets no further stage begin. */
  revoke(revocation: Revocation): void {
    this.revocation ??= revocation;
    // An agent that has just ended cannot be told, and need not be.
    if (this.agent !== undefined) void this.agent.signal(revokeSignal, revocation).catch(() => undefined);
  }

  async carry(index: number, stage: Stage): Promise<StageEnd> {
    switch (stage.kind) {
      case 'agent':
        return this.carryAgent(index, stage);
      case 'gate':
        return this.carryGate(stage);
      case 'parallel':
      case 'condition':
        return failed('failed', `A ${stage.kind} stage is not carried out by this version.`);
    }
  }

  private async carryAgent(index: number, stage: AgentStage): Promise<StageEnd> {
    const { requester, baseDirectory } = this.request;
    const scope = this.run.scope();
    const input: AgentRunInput = {
      runId: this.runId,
      path: `stages[${index}]`,
      stage: renderStage(stage, scope),
      requester,
      inputs: { ...scope.inputs },
      artifacts: [...this.run.artifacts],
      ...(baseDirectory === undefined ? {} : { baseDirectory }),
    };
    try {
      this.agent = await startChild<typeof agentRun>('agentRun', {
        workflowId: agentWorkflowId(this.runId, stage.name),
        args: [input],
        parentClosePolicy: 'REQUEST_CANCEL',
        staticSummary: summary(`${stage.agent.id}: ${stage.agent.objective}`),
        typedSearchAttributes: [
          { key: MandateRun, value: this.runId },
          { key: MandateAgent, value: stage.agent.id },
          { key: MandatePhase, value: 'BOOTSTRAP' },
        ],
      });
      if (this.revocation !== undefined) await this.agent.signal(revokeSignal, this.revocation);
      const outcome = await this.agent.result();
      this.run.keep(outcome);
      return this.endOf(outcome);
    } catch (error) {
      if (isCancellation(error)) return failed('cancelled', 'The run was cancelled.');
      if (!(error instanceof ChildWorkflowFailure)) throw error;
      return failed('failed', error.cause?.message ?? 'The agent was terminated.');
    } finally {
      this.agent = undefined;
    }
  }

  private endOf(outcome: AgentOutcome): StageEnd {
    if (outcome.status === 'COMPLETED') return { status: 'completed' };
    if (outcome.cancelsRun || CancellationScope.current().consideredCancelled) {
      return failed('cancelled', outcome.error ?? 'The run was cancelled.');
    }
    const error = outcome.error ?? `The agent ended ${outcome.status}.`;
    if (outcome.status === 'REVOKED') return failed('revoked', error);
    // An agent that gives up because people said no has not failed by itself.
    const denied = outcome.effects.some(({ status }) => status === 'rejected' || status === 'expired');
    return failed(denied ? 'rejected' : 'failed', error);
  }

  private async carryGate(stage: GateStage): Promise<StageEnd> {
    const { requester } = this.request;
    const settings = renderApproval(stage.approval, this.run.scope());
    try {
      const asked = await askForApproval(settings, {
        requestId: await drawRequestId(),
        title: `Gate ${stage.name} of ${this.request.pipeline.name}`,
        action: {
          kind: 'gate',
          target: { run: this.runId, stage: stage.name },
          payload: { artifacts: this.run.artifacts.map(({ name, digest, size }) => ({ name, digest, size })) },
        },
        requester,
        run: this.runId,
        stage: stage.name,
        onAsked: (requestId) => {
          this.run.waitingFor = requestId;
        },
        onGone: (by) => this.run.resume(by),
      });
      return gateEnd(asked);
    } finally {
      this.run.waitingFor = undefined;
    }
  }
}

function gateEnd(asked: Asked): StageEnd {
  if (asked.approved) return { status: 'completed' };
  // A person's no, and silence that counts as one, reject the run; a declared cancelRun cancels it.
  if (asked.default === 'cancelRun' || asked.status === 'cancelled') return failed('cancelled', asked.reason);
  return failed(asked.status === 'refused' ? 'failed' : 'rejected', asked.reason);
}

function failed(run: Extract<StageEnd, { status: 'failed' }>['run'], error: string): StageEnd {
  return { status: 'failed', run, error };
}
