import { upsertSearchAttributes } from '@temporalio/workflow';
import type {
  AgentOutcome,
  AgentRunInput,
  AgentState,
  AgentStatus,
  Revocation,
  StoredArtifact,
} from '../contract/agent.ts';
import type { DispatchOutcome } from '../contract/dispatch.ts';
import type { JsonObject } from '../contract/json.ts';
import type { LedgerEntryType } from '../contract/ledger.ts';
import { mayMove } from '../policy/phase.ts';
import type { Phase } from '../policy/phase.ts';
import { judge } from '../policy/violation.ts';
import type { Judgement, ViolationType } from '../policy/violation.ts';
import { createRecorder } from './recorder.ts';
import { MandatePhase } from './search-attributes.ts';

/** One agent in one stage: where it stands in its lifecycle, what it proposed, and what is recorded of it. */
export class AgentRecord {
  phase: Phase = 'BOOTSTRAP';
  status: AgentStatus = 'STARTING';
  planAccepted = false;
  artifacts: readonly StoredArtifact[] = [];
  error: string | undefined;
  waitingFor: string | undefined;
  cancelsRun = false;
  private readonly effects = new Map<string, DispatchOutcome | undefined>();
  private mediumViolations = 0;
  private readonly spec: AgentRunInput;
  private readonly recorder;

  constructor(spec: AgentRunInput) {
    this.spec = spec;
    this.recorder = createRecorder(spec.runId, spec.stage.agent.id);
  }

  /** Goes to a phase, and only to the next one: the order is kept here, whatever the steps do. */
  async enter(phase: Phase): Promise<void> {
    if (!mayMove(this.phase, phase)) throw new Error(`An agent in ${this.phase} cannot go to ${phase}.`);
    this.phase = phase;
    await this.show();
  }

  async begin(): Promise<void> {
    await this.show();
    this.status = 'RUNNING';
  }

  /** Written down at once: from then on the executor begins nothing of this agent any more. */
  revoked({ by, reason }: Revocation): void {
    this.note('agent.revoked', { by, reason });
    void this.flush();
  }

  /** A message that cannot be obeyed changes nothing and is recorded. */
  refused(message: string, reason: string): void {
    this.note('message.refused', { message, reason });
    void this.flush();
  }

  async endRevoked(reason: string): Promise<void> {
    this.status = 'REVOKED';
    this.error = reason;
    if (mayMove(this.phase, 'REVOKED')) this.phase = 'REVOKED';
    upsertSearchAttributes([{ key: MandatePhase, value: this.phase }]);
    await this.end();
  }

  async fail(error: string): Promise<void> {
    this.status = 'FAILED';
    this.error = error;
    await this.end();
  }

  async complete(): Promise<void> {
    this.status = 'COMPLETED';
    await this.end();
  }

  violation(type: ViolationType, message: string): Judgement {
    const judgement = judge(type, this.mediumViolations);
    this.mediumViolations = judgement.mediumSoFar;
    this.note('violation', { type, severity: judgement.severity, response: judgement.response, message });
    return judgement;
  }

  proposed(draftId: string): void {
    this.effects.set(draftId, undefined);
  }

  dispatched(outcome: DispatchOutcome): void {
    this.effects.set(outcome.draftId, outcome);
  }

  note(type: LedgerEntryType, body: JsonObject): void {
    this.recorder.note(type, { stage: this.spec.stage.name, ...body });
  }

  flush(): Promise<void> {
    return this.recorder.flush();
  }

  state(): AgentState {
    return {
      agentId: this.spec.stage.agent.id,
      runId: this.spec.runId,
      stage: this.spec.stage.name,
      phase: this.phase,
      status: this.status,
      effects: this.listEffects(),
      ...(this.waitingFor === undefined ? {} : { waitingFor: this.waitingFor }),
    };
  }

  outcome(): AgentOutcome {
    return {
      agentId: this.spec.stage.agent.id,
      status: this.status,
      phase: this.phase,
      artifacts: this.artifacts,
      cancelsRun: this.cancelsRun,
      effects: this.listEffects(),
      ...(this.error === undefined ? {} : { error: this.error }),
    };
  }

  private async end(): Promise<void> {
    this.note('agent.ended', {
      status: this.status,
      phase: this.phase,
      ...(this.error === undefined ? {} : { error: this.error }),
    });
    await this.flush();
  }

  private async show(): Promise<void> {
    this.note('phase.entered', { phase: this.phase });
    upsertSearchAttributes([{ key: MandatePhase, value: this.phase }]);
    await this.flush();
  }

  private listEffects(): { readonly draftId: string; readonly status: string }[] {
    return [...this.effects].map(([draftId, outcome]) => ({ draftId, status: outcome?.status ?? 'open' }));
  }
}
