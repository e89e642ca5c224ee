import { z } from 'zod';

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
