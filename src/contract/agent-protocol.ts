import { z } from 'zod';
import { Action } from './action.ts';
import { DraftStatus } from './dispatch.ts';
import { JsonObject, JsonValue } from './json.ts';
import { Name, Title } from './names.ts';
import { NonDelegable } from './non-delegable.ts';
import { Tier } from './pipeline.ts';

/** Changes only with a change that an existing agent would stumble over. */
const AGENT_PROTOCOL = 1;

/**
 * The first line on an agent's standard input: what to do in this turn, and what it may propose. It is written in this
 * order, with what others have named last, so that a shell script finds the other members by their first occurrence.
 */
export const AgentPacket = z.strictObject({
  protocol: z.literal(AGENT_PROTOCOL),
  runId: z.string().min(1).max(200),
  stage: z.string().min(1),
  agentId: z.string().min(1).max(200),
  phase: z.enum(['PLAN', 'EXECUTE']),
  objective: z.string().min(1),
  workspace: z.string().min(1).describe('absolute path of the folder for the files of this agent'),
  tier: Tier.optional(),
  actions: z
    .array(z.strictObject({ kind: z.string(), needsApproval: z.boolean() }))
    .describe('the kinds of action that may be proposed; any other is refused'),
  turn: z.strictObject({ attempt: z.int().min(1) }),
  inputs: z.record(z.string(), JsonValue),
  artifacts: z.array(
    z.strictObject({
      name: z.string(),
      path: z.string().describe('absolute path of bytes that cannot be changed'),
      digest: z.string().describe('sha256: and the lower-case hex SHA-256 of the bytes'),
      size: z.int().min(0).describe('bytes'),
    }),
  ),
});
export type AgentPacket = z.infer<typeof AgentPacket>;

const Note = z.string().max(1_000);
const Text = z.string().max(10_000);

/** A path below the workspace. That no link leads out of it is checked where the file is opened. */
const RelativePath = z
  .string()
  .min(1)
  .max(1_000)
  .regex(/^[^/\0][^\0]*$/, 'must be relative to the workspace')
  .refine((path) => !path.split('/').includes('..'), 'must not contain ".."');

const HeartbeatEvent = z.strictObject({ type: z.literal('heartbeat'), note: Note.optional() });

/** A result: a file of the workspace by `path`, or JSON data as `content`. */
export const OutputEvent = z
  .strictObject({
    type: z.literal('output'),
    name: Name,
    path: RelativePath.optional(),
    content: JsonValue.optional(),
    mediaType: z
      .string()
      .max(200)
      .regex(/^[!#$&^_.+\-A-Za-z0-9]+\/[!#$&^_.+\-A-Za-z0-9]+$/, 'must be a media type such as text/plain')
      .optional(),
  })
  .refine(
    (output) => (output.path === undefined) !== (output.content === undefined),
    'must have either a path or a content',
  );
export type OutputEvent = z.infer<typeof OutputEvent>;

const PlanEvent = z.strictObject({ type: z.literal('plan'), plan: JsonObject });

/** Asks for an action. `id` is the agent's own name for it, once in a turn; the decision names it again. */
export const ProposalEvent = z.strictObject({
  type: z.literal('proposal'),
  id: z.string().min(1).max(200),
  action: Action,
  title: Title.optional(),
  reason: Text.optional(),
  declared: z
    .array(NonDelegable)
    .max(10)
    .optional()
    .describe('effects of the action that nobody may delegate, as the agent sees it; more may be found in the action'),
});
export type ProposalEvent = z.infer<typeof ProposalEvent>;

/** Something went wrong; the turn goes on. It counts in the error budget. */
const ErrorEvent = z.strictObject({
  type: z.literal('error'),
  errorType: z.string().min(1).max(100),
  message: Text,
});

const ConfidenceEvent = z.strictObject({
  type: z.literal('confidence'),
  value: z.number().min(0).max(1),
  about: Note.optional(),
});

/** The end of the turn; nothing after it is read. */
export const DoneEvent = z.strictObject({ type: z.literal('done'), summary: Text.optional() });
export type DoneEvent = z.infer<typeof DoneEvent>;

const EVENTS = [HeartbeatEvent, OutputEvent, PlanEvent, ProposalEvent, ErrorEvent, ConfidenceEvent, DoneEvent] as const;

/** One line on an agent's standard output. */
export const AgentEvent = z.discriminatedUnion('type', EVENTS, {
  error: (issue) =>
    issue.code === 'invalid_union'
      ? `must be one of ${EVENTS.map((event) => event.shape.type.value).join(', ')}`
      : undefined,
});
export type AgentEvent = z.infer<typeof AgentEvent>;

/** How a proposal ended: `refused` was never asked of anybody, the others are the final states of its draft. */
export const DecisionOutcome = z.enum([
  'refused',
  ...DraftStatus.exclude(['pending', 'approved', 'executing']).options,
]);
export type DecisionOutcome = z.infer<typeof DecisionOutcome>;

/** The answer to a proposal. */
export const DecisionLine = z.strictObject({
  type: z.literal('decision'),
  proposal: z.string(),
  outcome: DecisionOutcome,
  reason: z.string().optional(),
  receipt: JsonObject.optional(),
});
export type DecisionLine = z.infer<typeof DecisionLine>;

/** The answer to a line that is no event. Lines are counted from 1. */
const RefusedLine = z.strictObject({
  type: z.literal('refused'),
  line: z.int().min(1),
  reason: z.string(),
});

/** One line on an agent's standard input after the packet. */
export const AgentAnswer = z.discriminatedUnion('type', [DecisionLine, RefusedLine]);
export type AgentAnswer = z.infer<typeof AgentAnswer>;
