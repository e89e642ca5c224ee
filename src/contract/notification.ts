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

/** One thing that operators are told, once for each channel that its class is routed to. */
export const Notification = z.strictObject({
  /** The same for the same occurrence, however often it is raised. */
  id: z.string().min(1).max(200),
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
