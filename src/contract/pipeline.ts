import { z } from 'zod';
import { ApprovalRule, Asked, AskedLevel, OnTimeout, Reminders } from './approval.ts';
import { JsonValue } from './json.ts';
import { Kind } from './kinds.ts';
import { Name, Title } from './names.ts';
import { ChannelName } from './notification.ts';
import { Priority } from './priority.ts';
import { Text } from './text.ts';

/** How long one turn of an agent, one check or one effect may take, in seconds. */
const Seconds = z.int().min(1).max(31_536_000);

export const Tier = z.enum(['T0', 'T1', 'T2', 'T3', 'T4']);
export type Tier = z.infer<typeof Tier>;

/** Who is asked, how the answers count, and what happens when nobody answers in time. */
export const ApprovalSettings = z.strictObject({
  title: Title.optional(),
  approvers: Asked,
  rule: ApprovalRule.prefault({}),
  timeoutSeconds: Seconds.default(86_400),
  onTimeout: OnTimeout.default('reject'),
  escalation: z.array(AskedLevel).max(5, 'must have at most 5 levels').default([]),
  reminders: Reminders.prefault([0.5, 0.9]),
  channels: z.array(ChannelName).min(1).max(10).optional(),
  priority: Priority.default('P1'),
  risk: Title.optional(),
});
export type ApprovalSettings = z.infer<typeof ApprovalSettings>;

/** Of an action, people may also change parts before they approve it. */
export const ActionApproval = z.strictObject({
  ...ApprovalSettings.shape,
  /** Top-level members of the payload that an approver may change. */
  editable: z.array(Text).max(100).default([]),
});
export type ActionApproval = z.infer<typeof ActionApproval>;

/** A program and its arguments; there is no shell in between. Templates such as `{{inputs.source}}` are filled in. */
const Command = z.array(z.string().max(10_000)).min(1).max(100);

/** A check passes when its command ends with exit code 0. */
export const Check = z.strictObject({
  name: Name,
  command: Command,
  timeoutSeconds: Seconds.default(300),
});
export type Check = z.infer<typeof Check>;

/** What a stage's agent may propose, and what it takes to let it happen. A kind that is not listed is refused. */
export const ActionRule = z.strictObject({
  kind: Kind,
  approval: z.union([z.literal('none'), ActionApproval]),
  ttlSeconds: Seconds.default(86_400),
  timeoutSeconds: Seconds.max(3_600).default(60),
});
export type ActionRule = z.infer<typeof ActionRule>;

export const AgentSpec = z.strictObject({
  id: Name,
  adapter: z.enum(['command']),
  command: Command,
  objective: z.string().min(1).max(10_000),
  tier: Tier.default('T1'),
  environment: z.array(z.string().min(1).max(200)).max(100).default([]),
  timeoutSeconds: Seconds.default(3_600),
  repeatable: z.boolean().default(false),
});
export type AgentSpec = z.infer<typeof AgentSpec>;

/** `agent: true` asks the agent for a plan; with `approval`, people accept it before anything is done. */
const PlanSettings = z.strictObject({
  agent: z.literal(true),
  approval: ApprovalSettings.optional(),
});

export const AgentStage = z.strictObject({
  kind: z.literal('agent'),
  name: Name,
  agent: AgentSpec,
  plan: PlanSettings.optional(),
  preflight: z.array(Check).max(50).default([]),
  actions: z.array(ActionRule).max(50).default([]),
  verify: z.array(Check).max(50).default([]),
  artifacts: z.array(Name).max(100).default([]),
});
export type AgentStage = z.infer<typeof AgentStage>;

export const GateStage = z.strictObject({
  kind: z.literal('gate'),
  name: Name,
  approval: ApprovalSettings,
});
export type GateStage = z.infer<typeof GateStage>;

export const ParallelStage = z.strictObject({
  kind: z.literal('parallel'),
  name: Name,
  concurrency: z.int().min(1).max(100).optional(),
  mode: z.enum(['failFast', 'settleAll']).default('failFast'),
  get branches() {
    return z.array(z.array(Stage).min(1).max(100)).min(1).max(100);
  },
});
export type ParallelStage = z.infer<typeof ParallelStage>;

export const ConditionStage = z.strictObject({
  kind: z.literal('condition'),
  name: Name,
  if: z.string().min(1).max(10_000),
  // The format's word; nothing awaits a schema.
  // oxlint-disable-next-line unicorn/no-thenable
  get then() {
    return z.array(Stage).min(1).max(100);
  },
  get else() {
    return z.array(Stage).max(100).optional();
  },
});
export type ConditionStage = z.infer<typeof ConditionStage>;

export const Stage = z.discriminatedUnion('kind', [AgentStage, GateStage, ParallelStage, ConditionStage]);
export type Stage = z.infer<typeof Stage>;

/** One declared input. A `path` given on the command line is taken relative to where one stands, a default to the pipeline. */
export const InputSpec = z.strictObject({
  type: z.enum(['string', 'number', 'boolean', 'path']),
  description: z.string().max(1_000).optional(),
  default: JsonValue.optional(),
  choices: z.array(JsonValue).min(1).max(100).optional(),
});
export type InputSpec = z.infer<typeof InputSpec>;

/** The stages of a run, as data. */
export const Pipeline = z.strictObject({
  name: Name,
  description: z.string().max(10_000).optional(),
  inputs: z.record(Name, InputSpec).default({}),
  items: z.array(Name).max(1_000).default([]),
  stages: z.array(Stage).min(1).max(100),
});
export type Pipeline = z.infer<typeof Pipeline>;
