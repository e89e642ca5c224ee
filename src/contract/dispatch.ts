import { z } from 'zod';
import { Action } from './action.ts';
import type { JsonObject } from './json.ts';
import { PrincipalId, Title } from './names.ts';
import { NonDelegable } from './non-delegable.ts';
import { ActionRule } from './pipeline.ts';

export const DraftStatus = z.enum([
  'pending',
  'approved',
  'executing',
  'completed',
  'completed_with_error',
  'needs_reconciliation',
  'rejected',
  'expired',
  'cancelled',
  'verify_failed',
  'terminal_unrecoverable',
]);
export type DraftStatus = z.infer<typeof DraftStatus>;

/** How carrying out a draft ended; there is none when it was never carried out (rejected, expired, cancelled). */
export const DispatchResult = z.enum([
  'executed',
  'execute_failed',
  'unknown',
  'debounced',
  'circuit_open',
  'deferred_thermal',
  'refused_non_delegable',
  'verify_failed',
  'lost_race',
  'frozen',
]);
export type DispatchResult = z.infer<typeof DispatchResult>;

/**
 * What `dispatch` takes. The draft's id is whoever proposes it's to make: at least 128 random bits, never guessable,
 * and the same for the same proposal, since it is what makes the effect happen at most once.
 */
export const DispatchInput = z.strictObject({
  draftId: z.string().regex(/^[A-Za-z0-9_-]{22,100}$/, 'must be 22 to 100 letters, digits, hyphens or underscores'),
  action: Action,
  agent: PrincipalId,
  run: z.string().min(1).max(200),
  requester: PrincipalId,
  title: Title.optional(),
  stage: z.string().max(200).optional(),
  /** Why the proposer wants it, in its own words; people see it with the request. */
  reason: z.string().max(10_000).optional(),
  /** Effects that the proposer itself calls non-delegable: a label adds to what the kind's classifier finds, never takes away. */
  declared: z.array(NonDelegable).max(10).default([]),
  ...ActionRule.omit({ kind: true }).shape,
});
export type DispatchInput = z.infer<typeof DispatchInput>;
export type DispatchRequest = z.input<typeof DispatchInput>;

/** Nothing was begun: the approved draft waits, for as long as a limiter told or an operator's pause lasts. */
export type Deferral =
  | { readonly result: 'debounced' | 'deferred_thermal'; readonly retryInSeconds: number; readonly error: string }
  | {
      readonly result: 'circuit_open';
      readonly consecutiveFailures: number;
      readonly retryInSeconds: number;
      readonly error: string;
    }
  | { readonly result: 'frozen'; readonly error: string };

/** How a draft stands: the query `state` of a dispatch, and its result. */
export interface DispatchOutcome {
  readonly draftId: string;
  readonly kind: string;
  /** Left out where it cannot be read any more. */
  readonly target?: JsonObject;
  readonly run: string;
  readonly agent: string;
  readonly status: DraftStatus;
  readonly digest: string;
  /** Where people edited the action: the digest that was proposed, and then each that took its place. The last is `digest`. */
  readonly digests?: readonly string[];
  /** The standing approval that let it through, or is about to. */
  readonly mandate?: string;
  /** The approval that was asked for, once it was. */
  readonly requestId?: string;
  /** The default that the deadline applied, when nobody decided. */
  readonly default?: string;
  readonly result?: DispatchResult;
  /** While an approved draft waits to be taken up again: why, and until when. */
  readonly deferred?: { readonly result: Deferral['result']; readonly until: string; readonly reason: string };
  readonly receipt?: JsonObject;
  readonly error?: string;
}

/** A person settles an unknown outcome. `did_not_happen` allows a new draft, never a retry of this one. */
export const Reconciliation = z
  .strictObject({
    by: PrincipalId,
    outcome: z.enum(['happened', 'did_not_happen']),
    /** Where it can be seen. */
    url: z
      .url({ protocol: /^https?$/, error: 'must be a web address: http:// or https://' })
      .max(2_000)
      .refine((url) => !/^[^:]*:\/\/[^/]*@/.test(url), 'must not carry a user name or password')
      .optional(),
    reason: z.string().max(10_000).optional(),
  })
  .refine(({ outcome, url }) => outcome === 'did_not_happen' || url !== undefined, {
    path: ['url'],
    message: 'must be given with happened: where it can be seen',
  });
export type Reconciliation = z.infer<typeof Reconciliation>;

export type ReconcileAnswer =
  | { readonly outcome: 'accepted'; readonly status: DraftStatus }
  | {
      readonly outcome: 'NotUnknown' | 'Invalid' | 'AlreadySettled';
      readonly status: DraftStatus;
      readonly message: string;
    };
