import { z } from 'zod';
import { JsonObject } from './json.ts';

/** What operators are told of. Routing is by class. */
export const NotificationClass = z.enum([
  'effect_refused',
  'effect_unknown',
  'effect_orphaned',
  'breaker_opened',
  'breaker_closed',
  'thermal_tripped',
]);
export type NotificationClass = z.infer<typeof NotificationClass>;

/** The channel that is always there: a line in the worker's log. */
export const LOG_CHANNEL = 'log';

/** The name of a channel; what stands behind it is in the settings of the worker alone. */
export const ChannelName = z
  .string()
  .regex(
    /^[a-z][a-z0-9_-]{0,39}$/,
    'must be a letter and up to 39 more letters, digits, hyphens or underscores, in lower case',
  );

/** One thing that operators are told, once for each channel that its class is routed to. */
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
});
export type Notification = z.infer<typeof Notification>;

/** Where notifications of a class go, and where those went that are routed to a channel that is no longer there. */
export interface NotificationRoute {
  /** The version of the route; 0 for the default, which nobody has changed. */
  readonly version: number;
  readonly channels: readonly string[];
  /** Routed to, and not configured any more: these fell back to the log. */
  readonly missing: readonly string[];
}

export interface Delivery {
  readonly notification: Notification;
  readonly channel: string;
  /** When it was raised. */
  readonly time: string;
}

/** What became of a notification, channel by channel. */
export interface NotificationResult {
  readonly deliveries: readonly {
    readonly channel: string;
    readonly status: 'sent' | 'failed';
    readonly error?: string;
  }[];
}
