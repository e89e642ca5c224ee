import { z } from 'zod';
import { Kind } from './kinds.ts';
import { ChannelName } from './notification.ts';

// What is counted is kept, one time for each, and read at every call.
const Count = z.int().min(1).max(10_000);
// What is longer is a slip.
const A_YEAR = 31_536_000;
const Seconds = z.int().min(1).max(A_YEAR);
const Cooldown = z.int().min(0).max(A_YEAR);

/** Passed through as it is, since a tool may be called like a property that every object has. */
const CooldownByTool = z.custom<Readonly<Record<string, number>>>().superRefine((tools: unknown, context) => {
  if (typeof tools !== 'object' || tools === null || Array.isArray(tools)) {
    context.addIssue({ code: 'custom', message: 'must be an object of tools and seconds' });
    return;
  }
  for (const [tool, seconds] of Object.entries(tools)) {
    const { error } = Cooldown.safeParse(seconds);
    for (const { message } of error?.issues ?? []) context.addIssue({ code: 'custom', path: [tool], message });
  }
});

/**
 * The limits on calls, all shared by every run and worker. A layer that is `null`, or the whole section when it is not
 * configured, lets everything pass.
 */
export const Limits = z.strictObject({
  cooldown: z
    .strictObject({
      /** For every tool that has none of its own; 0 for none. */
      seconds: Cooldown.default(300),
      /** Before the general one. */
      byTool: CooldownByTool.default({}),
    })
    .nullable()
    .prefault({}),
  /** Calls in any 3,600 seconds, all tools together. */
  hourlyCap: Count.nullable().default(5),
  breaker: z
    .strictObject({
      /** Consecutive failures that open it. */
      threshold: Count.default(3),
      recoverySeconds: Seconds.default(300),
      /** Failures in all, without a reset, that open it. Default: no such limit. */
      totalThreshold: Count.optional(),
      probeLeaseSeconds: Seconds.default(120),
    })
    .nullable()
    .prefault({}),
  thermal: z
    .strictObject({
      max: Count.default(10),
      windowSeconds: Seconds.default(900),
      pauseSeconds: Seconds.default(300),
    })
    .nullable()
    .prefault({}),
});
export type Limits = z.infer<typeof Limits>;

/** The limits in force, as a deployment configures them. A gate that can reach nobody is refused. */
export const Hardening = Limits.extend({
  /** The same layers once more, for each agent by itself. */
  perAgent: Limits.optional(),
  /** The channels by which operators are told. */
  alerts: z
    .array(ChannelName)
    .min(1, 'must name one channel at least by which operators are told, such as log')
    .prefault([]),
}).superRefine(({ cooldown, perAgent }, context) => {
  refuseUnknownTools(cooldown, ['cooldown'], context);
  refuseUnknownTools(perAgent?.cooldown, ['perAgent', 'cooldown'], context);
});
export type Hardening = z.infer<typeof Hardening>;

/** The cooldown of a misspelt tool would silently not hold. */
function refuseUnknownTools(
  cooldown: Limits['cooldown'] | undefined,
  path: readonly string[],
  context: z.RefinementCtx,
): void {
  for (const tool of Object.keys(cooldown?.byTool ?? {})) {
    if (Kind.safeParse(tool).success) continue;
    const message = `is no kind; allowed: ${Kind.options.join(', ')}`;
    context.addIssue({ code: 'custom', path: [...path, 'byTool', tool], message });
  }
}

/** What a limiter says to a call that wants to begin. Times are whole seconds, rounded up. */
export type LimitAnswer =
  | { readonly kind: 'granted' }
  | { readonly kind: 'frozen' }
  | { readonly kind: 'debounced'; readonly retryInSeconds: number }
  | { readonly kind: 'circuit_open'; readonly consecutiveFailures: number; readonly retryInSeconds: number }
  | { readonly kind: 'deferred_thermal'; readonly retryInSeconds: number };

export const CallOutcome = z.enum(['success', 'failure', 'unknown', 'waiting']);
export type CallOutcome = z.infer<typeof CallOutcome>;

/** What a limiter tells the operator, once for each transition. */
export type LimitAlert = 'breaker_opened' | 'breaker_closed' | 'thermal_tripped';
