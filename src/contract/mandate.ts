import { z } from 'zod';
import { Instant } from './draft.ts';
import { Kind } from './kinds.ts';
import { PrincipalId } from './names.ts';

/** `*` stands for every kind that can be undone; one that cannot has to be named. */
export const ANY_REVERSIBLE_KIND = '*';

const Pattern = z
  .string()
  .min(1)
  .max(500)
  .refine(
    (pattern) => !/\*\*(?!$)/.test(pattern),
    'must have ** at its end only: * matches within one part, ** all the rest',
  );

/**
 * A member named `__proto__` would be dropped by a record, and what it was to bound with it: a mandate would be wider
 * than it was written.
 */
const Named = z.custom<Record<string, string>>(
  (value) => typeof value === 'object' && value !== null && !Object.hasOwn(value, '__proto__'),
  'must be an object of texts, without a member named __proto__',
);

/** Members of the target with a pattern each; what is not named may be anything. */
const TargetPattern = Named.pipe(
  z
    .record(z.string().min(1).max(100), Pattern)
    .refine((fields) => Object.keys(fields).length > 0, 'must name at least one member of the target'),
);

/** A decimal number without sign or leading noughts, as text: JSON's numbers are not exact. */
const Amount = z
  .string()
  .regex(
    /^(0|[1-9]\d{0,29})(\.\d{1,30})?$/,
    'must be a decimal number as text, like "250.00", without sign or leading noughts',
  );

/** What a mandate lets through without asking. Everything named has to hold. */
export const MandateScope = z.strictObject({
  kinds: z
    .array(z.union([Kind, z.literal(ANY_REVERSIBLE_KIND)]))
    .min(1)
    .max(20),
  /** One of these at least. */
  targets: z.array(TargetPattern).min(1).max(50),
  /** Ids of the agents, exactly. */
  agents: z.array(PrincipalId).min(1).max(50),
  /** Members of the payload, by JSON Pointer (RFC 6901), and the most that each may be. */
  maxAmounts: Named.pipe(
    z.record(z.string().regex(/^\/.{0,199}$/, 'must be a JSON Pointer like /amount'), Amount),
  ).default({}),
});
export type MandateScope = z.infer<typeof MandateScope>;

/** A standing approval, as the store has it. */
export const Mandate = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{22,100}$/, 'must be 22 to 100 letters, digits, hyphens or underscores'),
  scope: MandateScope,
  /** How many drafts it lets through in all. */
  maxUses: z.int().min(1).max(1_000_000),
  expiresAt: Instant,
  reason: z.string().min(1).max(2_000),
});
export type Mandate = z.infer<typeof Mandate>;

/** A mandate with what has become of it. */
export interface MandateRecord extends Mandate {
  readonly requestId: string;
  readonly grantedBy: readonly string[];
  readonly grantedAt: string;
  readonly uses: number;
  readonly withdrawnAt: string | null;
  readonly withdrawnBy: string | null;
  readonly withdrawnBecause: string | null;
}
