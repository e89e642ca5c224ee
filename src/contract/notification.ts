import { z } from 'zod';
import { JsonObject } from './json.ts';
import { PrincipalId } from './names.ts';
import { Priority } from './priority.ts';

/** What operators are told of, and what those are told who are asked to decide. Routing is by class and priority. */
export const NotificationClass = z.enum([
  'effect_refused',
  'effect_unknown',
  'effect_orphaned',
  'breaker_opened',
  'breaker_closed',
  'thermal_tripped',
  'approval_required',
  'approval_reminder',
  'approval_escalated',
  'approval_edited',
  'approval_ended',
  'approval_undelivered',
]);
export type NotificationClass = z.infer<typeof NotificationClass>;

const APPROVAL = 'approval_';

/** What those are told who are asked to decide; anything else is for operators. */
export function isAboutApproval(its: NotificationClass): boolean {
  return its.startsWith(APPROVAL) && its !== 'approval_undelivered';
}

/** A row of the routing table: a class, or a class about approvals with one priority, which goes before its class alone. */
export const RouteName = z.enum(
  NotificationClass.options.flatMap((its) =>
    isAboutApproval(its) ? [its, ...Priority.options.map((priority) => `${its}/${priority}` as const)] : [its],
  ),
);
export type RouteName = z.infer<typeof RouteName>;

/** The channel that is always there: a line in the worker's log. */
export const LOG_CHANNEL = 'log';

/** The name of a channel; what stands behind it is in the settings of the worker alone. */
export const ChannelName = z
  .string()
  .regex(
    /^[a-z][a-z0-9_-]{0,39}$/,
    'must be a letter and up to 39 more letters, digits, hyphens or underscores, in lower case',
  );

/** The channel that writes to each person alone. */
export const MAIL_CHANNEL = 'mail';

/** One thing that people are told, once for each channel that it is routed to. */
export const Notification = z.strictObject({
  /** The same for the same occurrence, however often it is raised. It becomes a header of deliveries. */
  id: z.string().regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable ASCII characters without spaces'),
  class: NotificationClass,
  run: z.string().min(1).max(200),
  agent: z.string().min(1).max(200).nullable(),
  /** What it is about: a draft's id, or a tool's name. */
  subject: z.string().min(1).max(200),
  /** One line: what happened, and what to do. */
  message: z.string().min(1).max(2_000),
  details: JsonObject,
  priority: Priority.optional(),
  /** The people it is for, for channels that write to each alone; without them those have nobody to write to. */
  to: z.array(PrincipalId).max(1_000).optional(),
  /** Over which channels, where that is settled already; else by the route of its class and priority. */
  channels: z.array(ChannelName).max(10).optional(),
});
export type Notification = z.infer<typeof Notification>;

export interface RouteQuery {
  readonly class: NotificationClass;
  readonly priority?: Priority | undefined;
  /** Over which channels, where that is settled already. */
  readonly channels?: readonly string[] | undefined;
}

/** Where a notification goes, and where those went that are routed to a channel that is no longer there. */
export interface NotificationRoute {
  /** The version of the route; 0 for the default, which nobody has changed, and for what names its channels itself. */
  readonly version: number;
  readonly channels: readonly string[];
  /** Routed to, and not configured any more: these fell back to the log. */
  readonly missing: readonly string[];
  /** Those of the channels that write to each person alone. */
  readonly personal: readonly string[];
  /** What each channel depends on: two with the same are not independent. The log reaches nobody, and is not among them. */
  readonly ways: { readonly [channel: string]: string };
  /** How many independent channels have to deliver it; operators are told when fewer did. */
  readonly required: number;
}

export interface Delivery {
  readonly notification: Notification;
  readonly channel: string;
  /** The one person it is for, over a channel that writes to each alone. */
  readonly to?: string;
  /** When it was raised. */
  readonly time: string;
}

/** What became of a notification, channel by channel. */
export interface NotificationResult {
  readonly deliveries: readonly {
    readonly channel: string;
    readonly to?: string;
    readonly status: 'sent' | 'failed';
    readonly error?: string;
  }[];
}
