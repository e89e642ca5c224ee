import { z } from 'zod';

/** How often a call that may be repeated is tried, and how long it waits in between. */
export const RetryPolicy = z.strictObject({
  attempts: z.int().min(1),
  initialSeconds: z.number().min(0),
  factor: z.number().min(1),
  maxSeconds: z.number().min(0),
});
export type RetryPolicy = z.infer<typeof RetryPolicy>;
