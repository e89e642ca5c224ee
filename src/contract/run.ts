import { z } from 'zod';
import type { ApprovalStatus } from './approval.ts';
import type { DispatchResult, DraftStatus } from './dispatch.ts';
import { JsonValue } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { Name, PrincipalId } from './names.ts';
import { Pipeline } from './pipeline.ts';

/** What `governedRun` takes, from whichever client starts it. */
export const RunInput = z.strictObject({
  pipeline: Pipeline,
  inputs: z.record(Name, JsonValue).default({}),
  /** Who starts the run; this person does not decide about it unless a rule says so. */
  requester: PrincipalId,
  /** Folder of the pipeline file, as the agents' machine sees it; commands run there. Default: the worker's own. */
  baseDirectory: z.string().max(4_096).optional(),
});
export type RunInput = z.infer<typeof RunInput>;
export type RunRequest = z.input<typeof RunInput>;

export const RunStatus = z.enum(['running', 'paused', 'completed', 'failed', 'rejected', 'revoked', 'cancelled']);
export type RunStatus = z.infer<typeof RunStatus>;

export const StageStatus = z.enum(['pending', 'running', 'completed', 'failed', 'skipped']);
export type StageStatus = z.infer<typeof StageStatus>;

export interface StageResult {
  /** Where it stands in the pipeline: `stages[0]`. */
  readonly path: string;
  readonly name: string;
  readonly kind: string;
  readonly status: StageStatus;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly agentId?: string;
  readonly error?: string;
}

export interface Artifact {
  readonly name: string;
  readonly digest: string;
  readonly size: number;
}

/** What the query `state` of a run answers. */
export interface RunState {
  readonly runId: string;
  readonly pipeline: string;
  readonly status: RunStatus;
  /** The phase of the agent at work, when one is. */
  readonly phase?: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly stages: readonly StageResult[];
  /** The request for approval of the gate that is waited for. */
  readonly waitingFor?: string;
}

export interface DecisionRecord {
  readonly by: string;
  readonly verdict: 'approve' | 'reject';
  readonly at: string;
  readonly reason?: string;
  readonly group?: string;
}

export interface ApprovalRecord {
  readonly requestId: string;
  readonly title: string;
  readonly status: ApprovalStatus;
  readonly default?: string;
  readonly decisions: readonly DecisionRecord[];
  /** Once an approver has edited the action: the digest first asked about, and that of each edit. */
  readonly digests?: readonly string[];
}

export interface EffectRecord {
  readonly draftId: string;
  readonly kind: string;
  readonly status: DraftStatus;
  /** Where people edited the action: the digest that was proposed, and then each that took its place. */
  readonly digests?: readonly string[];
  /** The standing approval that let it through. */
  readonly mandate?: string;
  readonly result?: DispatchResult;
  readonly receipt?: JsonObject;
  readonly error?: string;
}

export interface ViolationRecord {
  readonly agentId: string;
  readonly type: string;
  readonly severity: string;
  readonly response: string;
  readonly message: string;
}

/** What a run leaves: the result of `governedRun`, put together from the ledger. */
export interface RunReport {
  readonly runId: string;
  readonly pipeline: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly requester: string;
  readonly inputs: { readonly [name: string]: Json };
  readonly stages: readonly StageResult[];
  readonly agents: readonly { readonly agentId: string; readonly stage: string; readonly status: string }[];
  readonly approvals: readonly ApprovalRecord[];
  readonly effects: readonly EffectRecord[];
  readonly violations: readonly ViolationRecord[];
  readonly artifacts: readonly Artifact[];
  readonly ledgerHead: string;
}
