import { z } from 'zod';
import { Action } from './action.ts';
import { JsonValue } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { Name, PrincipalId, Title } from './names.ts';
import { NonDelegable } from './non-delegable.ts';
import { AgentStage } from './pipeline.ts';
import type { Check } from './pipeline.ts';

export const AgentStatus = z.enum([
  'PENDING',
  'STARTING',
  'RUNNING',
  'PAUSED',
  'COMPLETED',
  'FAILED',
  'REVOKED',
  'RECOVERING',
]);
export type AgentStatus = z.infer<typeof AgentStatus>;

/** An artifact as a later stage finds it: `path` names the stored bytes, which no agent can change. */
export const StoredArtifact = z.strictObject({
  name: Name,
  digest: z.string(),
  size: z.int().min(0),
  path: z.string(),
});
export type StoredArtifact = z.infer<typeof StoredArtifact>;

/** What `agentRun` takes: one agent stage, with its templates filled in as far as they are known. */
export const AgentRunInput = z.strictObject({
  runId: z.string().min(1).max(200),
  path: z.string(),
  stage: AgentStage,
  requester: PrincipalId,
  inputs: z.record(Name, JsonValue),
  artifacts: z.array(StoredArtifact),
  baseDirectory: z.string().optional(),
});
export type AgentRunInput = z.infer<typeof AgentRunInput>;

export interface AgentOutcome {
  readonly agentId: string;
  readonly status: AgentStatus;
  readonly phase: string;
  readonly artifacts: readonly StoredArtifact[];
  readonly error?: string;
  /** An approval of this agent ended at its deadline with the default `cancelRun`. */
  readonly cancelsRun: boolean;
  readonly effects: readonly { readonly draftId: string; readonly status: string }[];
}

/** The query `state` of an agent. */
export interface AgentState {
  readonly agentId: string;
  readonly runId: string;
  readonly stage: string;
  readonly phase: string;
  readonly status: AgentStatus;
  readonly effects: readonly { readonly draftId: string; readonly status: string }[];
  /** The request for approval of its plan, while it is open. */
  readonly waitingFor?: string;
}

/** What the update `propose` takes. `proposalId` is the agent's own name for it, and counts once in a stage. */
export const Proposal = z.strictObject({
  proposalId: z.string().min(1).max(200),
  draftId: z.string().regex(/^[A-Za-z0-9_-]{22,100}$/),
  action: Action,
  title: Title.optional(),
  reason: z.string().max(10_000).optional(),
  /** Effects that the proposer itself calls non-delegable. */
  declared: z.array(NonDelegable).max(10).optional(),
});
export type Proposal = z.infer<typeof Proposal>;

export type ProposalAnswer =
  | { readonly outcome: 'accepted'; readonly draftId: string }
  | { readonly outcome: 'refused'; readonly violation?: string; readonly reason: string };

/** What is read from a signal `revoke`. */
export const Revocation = z.strictObject({ by: PrincipalId, reason: z.string().min(1).max(10_000) });
export type Revocation = z.infer<typeof Revocation>;

/** What is read from the signals `pause` and `resume` of a run. */
export const Pause = z.strictObject({ by: PrincipalId, reason: z.string().max(10_000).optional() });
export type Pause = z.infer<typeof Pause>;

/** One turn of an agent, as the activity takes it. */
export interface AgentTurnInput {
  readonly runId: string;
  readonly requester: string;
  readonly stage: string;
  readonly phase: 'PLAN' | 'EXECUTE';
  readonly agent: AgentStage['agent'];
  readonly actions: readonly { readonly kind: string; readonly needsApproval: boolean }[];
  readonly inputs: { readonly [name: string]: Json };
  readonly artifacts: readonly StoredArtifact[];
  readonly baseDirectory?: string | undefined;
}

export type AgentTurnResult =
  | { readonly status: 'done'; readonly summary?: string; readonly plan?: JsonObject }
  | { readonly status: 'failed'; readonly failure: string; readonly message: string };

export interface PreflightInput {
  readonly runId: string;
  readonly requester: string;
  readonly stage: AgentStage;
  readonly inputs: { readonly [name: string]: Json };
  readonly artifacts: readonly StoredArtifact[];
  readonly baseDirectory?: string | undefined;
}

export interface PreflightResult {
  readonly ok: boolean;
  /** The first thing that is wrong, in one line. */
  readonly reason: string;
  /** What was looked at, and what was found. */
  readonly findings: { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

export interface ChecksInput {
  readonly runId: string;
  readonly requester: string;
  readonly agent: string;
  readonly stage: string;
  readonly phase: 'PREFLIGHT' | 'VERIFY';
  readonly checks: readonly Check[];
  readonly inputs: { readonly [name: string]: Json };
  readonly artifacts: readonly StoredArtifact[];
  readonly baseDirectory?: string | undefined;
}

export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  /** Why it failed, or the last lines it printed. */
  readonly detail: string;
}

export interface PackageResult {
  readonly digest: string;
  readonly artifacts: readonly StoredArtifact[];
  readonly missing: readonly string[];
}
