import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { AgentOutcome, StoredArtifact } from '../contract/agent.ts';
import type { Json, JsonObject } from '../contract/json.ts';
import type { LedgerEntryType, LedgerFact } from '../contract/ledger.ts';
import type { Stage } from '../contract/pipeline.ts';
import type { RunInput, RunState, RunStatus, StageResult } from '../contract/run.ts';
import type { Scope } from '../policy/template.ts';
import { createRecorder } from './recorder.ts';
import type { Recorder } from './recorder.ts';
import { MandateRun, MandateStatus } from './search-attributes.ts';

export type StageEnd =
  | { readonly status: 'completed' }
  | {
      readonly status: 'failed';
      readonly run: Exclude<RunStatus, 'running' | 'paused' | 'completed'>;
      readonly error: string;
    };

/** One run: its stages' results, who has paused it, what later stages find, and what is recorded of it. */
export class RunRecord {
  status: RunStatus = 'running';
  waitingFor: string | undefined;
  artifacts: readonly StoredArtifact[] = [];
  private readonly stages: StageResult[];
  private readonly pausedBy = new Set<string>();
  private readonly recorder: Recorder;
  private readonly runId: string;
  private readonly request: RunInput;
  private readonly inputs: { readonly [name: string]: Json };
  private endedAt: string | undefined;

  constructor(runId: string, request: RunInput, inputs: { readonly [name: string]: Json }) {
    this.runId = runId;
    this.request = request;
    this.inputs = inputs;
    this.recorder = createRecorder(runId, null);
    this.stages = request.pipeline.stages.map((stage, index) => ({
      path: `stages[${index}]`,
      name: stage.name,
      kind: stage.kind,
      status: 'pending',
      ...(stage.kind === 'agent' ? { agentId: stage.agent.id } : {}),
    }));
  }

  started(): LedgerFact[] {
    const { pipeline, requester } = this.request;
    this.recorder.note('run.started', {
      pipeline: pipeline.name,
      requester,
      inputs: { ...this.inputs },
      workflowId: workflowInfo().workflowId,
      stages: this.stages.map(({ path, name, kind, agentId }) => ({
        path,
        name,
        kind,
        ...(agentId ? { agentId } : {}),
      })),
    });
    upsertSearchAttributes([
      { key: MandateStatus, value: this.status },
      { key: MandateRun, value: this.runId },
    ]);
    return this.recorder.take();
  }

  /** What templates may name in the stage that comes next. */
  scope(): Scope {
    return {
      inputs: this.inputs,
      run: { id: this.runId, requester: this.request.requester },
      artifacts: Object.fromEntries(this.artifacts.map(({ name, path }) => [name, path])),
    };
  }

  async stageStarted(index: number, stage: Stage): Promise<void> {
    this.update(index, { status: 'running', startedAt: new Date().toISOString() });
    this.note('stage.started', { path: `stages[${index}]`, name: stage.name, kind: stage.kind });
    await this.flush();
  }

  async stageEnded(index: number, stage: Stage, end: StageEnd): Promise<void> {
    const error = end.status === 'failed' ? { error: end.error } : {};
    this.update(index, { status: end.status, endedAt: new Date().toISOString(), ...error });
    this.note('stage.ended', { path: `stages[${index}]`, name: stage.name, status: end.status, ...error });
    await this.flush();
  }

  keep(outcome: AgentOutcome): void {
    const names = new Set(outcome.artifacts.map(({ name }) => name));
    this.artifacts = [...this.artifacts.filter(({ name }) => !names.has(name)), ...outcome.artifacts];
  }

  pause(by: string, reason: string | undefined): void {
    if (this.endedAt !== undefined || this.pausedBy.has(by)) return;
    this.pausedBy.add(by);
    this.note('run.paused', { by, ...(reason === undefined ? {} : { reason }) });
    this.setStatus('paused');
  }

  resume(by: string): void {
    if (!this.pausedBy.delete(by)) return;
    this.note('run.resumed', { by });
    if (this.pausedBy.size === 0) this.setStatus('running');
  }

  /** A message that cannot be obeyed changes nothing and is recorded. */
  refused(message: string, reason: string): void {
    this.note('message.refused', { message, reason });
    void this.flush();
  }

  isPaused(): boolean {
    return this.pausedBy.size > 0;
  }

  async ended(status: RunStatus): Promise<void> {
    this.stages.forEach((stage, index) => {
      if (stage.status === 'pending') this.update(index, { status: 'skipped' });
    });
    this.endedAt = new Date().toISOString();
    this.setStatus(status);
    this.note('run.ended', {
      status,
      stages: this.stages.map(({ path, name, status: ended }) => ({ path, name, status: ended })),
    });
    await this.flush();
  }

  note(type: LedgerEntryType, body: JsonObject): void {
    this.recorder.note(type, body);
  }

  flush(): Promise<void> {
    return this.recorder.flush();
  }

  state(): RunState {
    return {
      runId: this.runId,
      pipeline: this.request.pipeline.name,
      status: this.status,
      startedAt: workflowInfo().startTime.toISOString(),
      ...(this.endedAt === undefined ? {} : { endedAt: this.endedAt }),
      stages: this.stages,
      ...(this.waitingFor === undefined ? {} : { waitingFor: this.waitingFor }),
    };
  }

  private update(index: number, changes: Partial<StageResult>): void {
    const stage = this.stages[index];
    if (stage !== undefined) this.stages[index] = { ...stage, ...changes };
  }

  private setStatus(status: RunStatus): void {
    this.status = status;
    upsertSearchAttributes([{ key: MandateStatus, value: status }]);
  }
}
