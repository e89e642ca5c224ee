import { describeIssues } from '../contract/issues.ts';
import { RetryPolicy } from '../contract/retry.ts';

// Source of the numbers: the specification's retry policy for calls that may be repeated.
export const DEFAULT_RETRY: RetryPolicy = { attempts: 3, initialSeconds: 1, factor: 2, maxSeconds: 30 };
export const ATTEMPT_MS = 60_000;

/** Thrown for a policy by which nothing could be tried; nothing was called. */
export class InvalidPolicy extends Error {
  override readonly name = 'InvalidPolicy';
}

/** Fills in what a policy leaves out. Fails towards calling nothing: a policy that makes no sense is refused. */
export function readRetryPolicy(given: Partial<RetryPolicy> = {}): RetryPolicy {
  const parsed = RetryPolicy.safeParse({ ...DEFAULT_RETRY, ...given });
  if (parsed.success) return parsed.data;
  throw new InvalidPolicy(`The retry policy cannot be used: ${describeIssues(parsed.error, given)}`);
}

/** The wait after a failed attempt, counted from 1, that is not the last. */
export function waitAfterMs({ initialSeconds, factor, maxSeconds }: RetryPolicy, attempt: number): number {
  // However large the power has become, nothing times it is nothing.
  if (initialSeconds === 0) return 0;
  return Math.round(Math.min(initialSeconds * factor ** (attempt - 1), maxSeconds) * 1_000);
}
