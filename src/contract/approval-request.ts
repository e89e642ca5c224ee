import { z } from 'zod';
import { ApprovalTerms, Asked, AskedLevel, Reminders } from './approval.ts';
import type { ApprovalStatus, Approver, EscalationLevel, Refusal } from './approval.ts';
import type { Action } from './action.ts';
import { JsonObject } from './json.ts';
import { PrincipalId, Title } from './names.ts';
import { ChannelName } from './notification.ts';
import { Priority } from './priority.ts';
import { Line } from './text.ts';
import type { DecisionRecord } from './run.ts';

/**
 * What the `approval` workflow takes: who is asked to decide about which exact action, by when, and what happens when
 * nobody does. Any program may start one; the request's id is its workflow id without `approval/`.
 */
export const ApprovalRequest = z.strictObject({
  ...ApprovalTerms.shape,
  digest: ApprovalTerms.shape.digest.optional(),
  /** People, and groups that stand for their members of the moment. */
  approvers: Asked,
  escalation: z.array(AskedLevel).max(5, 'must have at most 5 levels').default([]),
  reminders: Reminders.prefault([0.5, 0.9]),
  /** Over which channels people are told of it. Default: by the routes of its classes and its priority. */
  channels: z.array(ChannelName).max(10).optional(),
  title: Title,
  context: JsonObject.default({}),
  priority: Priority.default('P1'),
  risk: Title.optional(),
  run: Line.min(1).max(200).optional(),
  stage: Line.min(1).max(200).optional(),
});
export type ApprovalRequest = z.infer<typeof ApprovalRequest>;
export type ApprovalRequestInput = z.input<typeof ApprovalRequest>;

/** Whom a request asks by name, once its groups are resolved; or why it cannot be made. */
export type PreparedRequest =
  | { readonly ok: true; readonly approvers: Approver[]; readonly escalation: EscalationLevel[] }
  | { readonly ok: false; readonly message: string };

/** Whether an action that an approver has edited would be admitted; people are told what would be refused all the same. */
export type EditAdmission =
  { readonly ok: true; readonly nonDelegable: readonly string[] } | { readonly ok: false; readonly reason: string };

/** How an approval ended: the workflow's result. */
export interface ApprovalResult {
  readonly requestId: string;
  readonly status: ApprovalStatus;
  /** The default that was applied, when `status` is `expired`. */
  readonly default?: string;
  readonly action: Action;
  readonly digest: string;
  readonly digests: readonly string[];
  readonly decisions: readonly DecisionRecord[];
  readonly endedAt: string;
}

/** One request as an inbox shows it: the query `inboxItem`. Times are ISO 8601, UTC. */
export interface InboxItem {
  readonly requestId: string;
  readonly runId?: string;
  readonly stage?: string;
  readonly title: string;
  readonly kind: string;
  readonly action: Action;
  readonly context: JsonObject;
  readonly digest: string;
  /** The digest first asked about, and that of each edit since. */
  readonly digests: readonly string[];
  /** Top-level members of the payload that an approver may change. */
  readonly editable: readonly string[];
  readonly priority: string;
  readonly risk?: string;
  readonly irreversible: boolean;
  readonly requester: string;
  readonly approvers: readonly string[];
  /** Levels of escalation reached. */
  readonly level: number;
  /** Those of them who may not decide: the acting agent, and who made the request unless its rule lets them. */
  readonly barred: readonly string[];
  /** The groups that are asked. */
  readonly groups: readonly string[];
  readonly createdAt: string;
  readonly deadline: string;
  /** What its deadline brings: `escalate` only while there is a level left, `reject` then. */
  readonly onTimeout: string;
  readonly needs: JsonObject;
  readonly votes: readonly DecisionRecord[];
  readonly status: ApprovalStatus;
  /** The default that was applied, when `status` is `expired`: by `approve` it is an approval that nobody gave. */
  readonly default?: string;
  /** Why it ended, where it could not say so itself: its workflow was terminated. */
  readonly endedBecause?: string;
  readonly overdue: boolean;
}

/** What the update `decide` answers, and what a signal would have been answered. */
export interface DecisionAnswer {
  readonly outcome: 'accepted' | Refusal;
  readonly status: ApprovalStatus;
  /** True when this very decision had been accepted before. */
  readonly duplicate?: boolean;
  /** Why it was refused and what to do, in one line. */
  readonly message?: string;
  readonly deadline?: string;
  /** The default that was applied, where the request has ended as `expired`. */
  readonly default?: string;
}

/** Withdraws a request because another one takes its place. */
export const Supersession = z.strictObject({
  by: PrincipalId,
  requestId: z.string().min(1).max(200),
});
export type Supersession = z.infer<typeof Supersession>;
