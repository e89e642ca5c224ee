import { z } from 'zod';
import { Action } from './action.ts';
import { Digest } from './canonical.ts';
import { JsonObject } from './json.ts';
import { GroupName } from './principal.ts';
import { Line, Text } from './text.ts';

/** What happens at the deadline. */
export const OnTimeout = z.enum(['reject', 'approve', 'suspend', 'escalate', 'cancelRun']);
export type OnTimeout = z.infer<typeof OnTimeout>;

/** `pending` and `suspended` (overdue, still open), then the five ends. */
export const ApprovalStatus = z.enum([
  'pending',
  'suspended',
  'approved',
  'rejected',
  'expired',
  'cancelled',
  'superseded',
]);
export type ApprovalStatus = z.infer<typeof ApprovalStatus>;

/** Why a decision was refused. */
export const Refusal = z.enum([
  'AlreadyDecided',
  'TooLate',
  'NotAnApprover',
  'SelfApproval',
  'DigestMismatch',
  'AlreadyVoted',
  'Frozen',
  'Invalid',
]);
export type Refusal = z.infer<typeof Refusal>;

export const Verdict = z.enum(['approve', 'reject']);
export type Verdict = z.infer<typeof Verdict>;

const Name = Line.regex(/\S/, 'must not be blank');

const A_COUNT = 'must be a whole number from 1';

// A hundred years: whatever is beyond is a slip, and instants must stay within what a date can say.
const MAX_SECONDS = 3_153_600_000;
const Seconds = z.int(A_COUNT).min(1, A_COUNT).max(MAX_SECONDS, 'must be at most a hundred years');

/** A person, and the groups that the person may speak for. */
export const Approver = z.strictObject({ id: Name, groups: z.array(Name).default([]) });
export type Approver = z.infer<typeof Approver>;

/** How many people a request may ask: beyond this nobody knows who was. */
export const MAX_APPROVERS = 200;
const TOO_MANY = `must name at most ${MAX_APPROVERS} approvers`;

/** A group of the store: it stands for each of its members, who may speak for it. */
export const AskedGroup = z.strictObject({ group: GroupName });
export type AskedGroup = z.infer<typeof AskedGroup>;

/** Whom a request asks. */
export const Asked = z
  .array(z.union([Approver, AskedGroup]))
  .min(1, 'must name at least one approver')
  .max(MAX_APPROVERS, TOO_MANY);
export type Asked = z.infer<typeof Asked>;

/** When those are reminded who have not decided: fractions of the time from the start of the clock to the deadline. */
export const Reminders = z
  .array(z.number().gt(0, 'must lie between 0 and 1').lt(1, 'must lie between 0 and 1'))
  .max(10, 'must name at most 10 moments');

/**
 * How many different people must approve: in all, or for each group. Not a `z.record`, which would drop a group named
 * `__proto__`.
 */
export const Quorum = z.custom<number | Readonly<Record<string, number>>>(
  isQuorum,
  'must be a whole number from 1, or an object of at least one group with a whole number from 1 each',
);
export type Quorum = z.infer<typeof Quorum>;

export const ApprovalRule = z.strictObject({
  quorum: Quorum.default(1),
  /** One rejection ends it. `majority` overrides it. */
  veto: z.boolean().default(true),
  /** Asks, besides the quorum, for more than half of those who may decide. */
  majority: z.boolean().default(false),
  requesterMayDecide: z.boolean().default(false),
});
export type ApprovalRule = z.infer<typeof ApprovalRule>;

/** A further circle of approvers, asked when the one before has had its time. */
export const EscalationLevel = z.strictObject({
  /** Seconds after the level before, or after the request. */
  afterSeconds: Seconds,
  to: z.array(Approver).min(1, 'must name at least one approver'),
  /** Sets the deadline to a full `timeoutSeconds` from the moment the level is reached. */
  restartsClock: z.boolean().default(false),
});
export type EscalationLevel = z.infer<typeof EscalationLevel>;

/** A level as a request declares it. */
export const AskedLevel = z.strictObject({ ...EscalationLevel.shape, to: Asked });
export type AskedLevel = z.infer<typeof AskedLevel>;

/** What a request for a decision is judged by. */
export const ApprovalTerms = z
  .strictObject({
    requester: Name,
    actingAgent: Name.exactOptional(),
    approvers: z.array(Approver).min(1, 'must name at least one approver'),
    rule: ApprovalRule.prefault({}),
    timeoutSeconds: Seconds.default(86_400),
    onTimeout: OnTimeout.default('reject'),
    irreversible: z.boolean().default(false),
    /** Top-level fields of the payload that an approver may change. */
    editable: z.array(Text).default([]),
    escalation: z.array(EscalationLevel).max(5, 'must have at most 5 levels').default([]),
    action: Action,
    digest: Digest,
  })
  .superRefine((terms, context) => {
    if (terms.rule.majority && typeof terms.rule.quorum !== 'number') {
      context.addIssue({ code: 'custom', path: ['rule', 'majority'], message: 'must be off with a quorum by groups' });
    }
    if (terms.onTimeout === 'escalate' && terms.escalation.length === 0) {
      context.addIssue({ code: 'custom', path: ['escalation'], message: 'must have a level for onTimeout escalate' });
    }
  });
export type ApprovalTerms = z.infer<typeof ApprovalTerms>;

/** Payload fields and their new values. */
export const Edits = JsonObject;
export type Edits = z.infer<typeof Edits>;

const DigestSeen = z.custom<Digest>(
  (value) => Digest.safeParse(value).success,
  'must be the digest that the person saw (sha256: and 64 lower-case hex digits); ' +
    'it may be left out only while the action has never been edited',
);

/** One person's decision, `by` proven. It is bound to the digest that the person saw. */
export const Decision = z
  .strictObject({
    decisionId: Name,
    by: Name,
    verdict: Verdict,
    reason: Text.exactOptional(),
    digest: DigestSeen,
    group: Name.exactOptional(),
    edits: Edits.exactOptional(),
  })
  .superRefine((decision, context) => {
    if (decision.verdict !== 'reject') return;
    if (!/\S/.test(decision.reason ?? '')) {
      context.addIssue({
        code: 'custom',
        path: ['reason'],
        message: 'must be given: a rejection needs a reason that is not blank',
      });
    }
    if (decision.edits !== undefined) {
      context.addIssue({ code: 'custom', path: ['edits'], message: 'must be left out: a rejection carries no edits' });
    }
  });
export type Decision = z.infer<typeof Decision>;

function isQuorum(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return isCount(value);
  const places = Object.values(value);
  return !Array.isArray(value) && places.length > 0 && places.every(isCount);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}
