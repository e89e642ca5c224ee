import { ApplicationFailure } from '@temporalio/common';
import type { z } from 'zod';
import { describeIssues } from './contract/issues.ts';

/** Every failure type of Mandate; docs/errors.md tells of each what it means and what to do. */
export const FAILURES = {
  /** What was given does not fit its schema. Nothing was started or changed. */
  InvalidInput: { retryable: false },
  /** A request for approval that no decision could ever satisfy, or that asks for a forbidden default. */
  InvalidRequest: { retryable: false },
  /** The effect certainly has not begun: no claim was made. The draft stays approved. */
  NothingStarted: { retryable: false },
  /** The effect may or may not have happened. */
  OutcomeUnknown: { retryable: false },
  /** The database does not answer. Tried again. */
  StoreUnavailable: { retryable: true },
  /** A channel did not take a notification. Tried again, then recorded. */
  NotDelivered: { retryable: true },
  /** A channel will never take a notification, or has nobody to write to. Recorded at once. */
  Undeliverable: { retryable: false },
  /** A stored output does not match its checksum. */
  ChecksumMismatch: { retryable: false },
  /** An agent's turn, or a check of its work, did not succeed. */
  AgentFailed: { retryable: false },
} as const;
export type FailureType = keyof typeof FAILURES;

/** Builds the failure of a type. `message` is one line: the fact, its subject, and what to do. */
export function failure(type: FailureType, message: string, cause?: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: !FAILURES[type].retryable,
    ...(cause instanceof Error ? { cause } : {}),
  });
}

/** Parses what came in over an edge, or fails as InvalidInput naming each field, what was given and what is allowed. */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown, subject: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw failure('InvalidInput', `${subject}: ${describeIssues(parsed.error, value)}`);
}
