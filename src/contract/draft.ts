import { z } from 'zod';
import { Digest, isCanonical } from './canonical.ts';
import { JsonObject } from './json.ts';

/** An instant as `2026-03-01T09:00:00.000Z`: UTC, with milliseconds, and a real one. */
export const Instant = z.string().refine(isInstant, 'must be a UTC time like 2026-03-01T09:00:00.000Z');
export type Instant = z.infer<typeof Instant>;

/** An action, dated and addressed, on its way to being carried out. Its signature travels beside it. */
export const Draft = z
  .strictObject({
    id: z.string().min(1),
    kind: z.string().min(1),
    target: JsonObject,
    payload: JsonObject,
    agent: z.string().min(1),
    run: z.string().min(1),
    createdAt: Instant,
    expiresAt: Instant,
    digest: Digest,
    keyId: z.string().min(1),
  })
  .refine(isCanonical, 'must have a canonical form');
export type Draft = z.infer<typeof Draft>;

/** What names a draft where its action is of no concern. */
export type DraftName = Pick<Draft, 'id' | 'kind' | 'run' | 'agent'>;

/** A draft with the executor's signature: HMAC-SHA-256, in lower-case hex. */
export const SignedDraft = z.strictObject({
  draft: Draft,
  signature: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
});
export type SignedDraft = z.infer<typeof SignedDraft>;

/** A claim without a settlement whose dispatch is gone: what the workflow `reconciliation` takes. */
export const Orphan = z.strictObject({
  id: z.string().regex(/^[\x21-\x7e]{1,150}$/, 'must be 1 to 150 printable ASCII characters without spaces'),
  kind: z.string().min(1).max(200),
  run: z.string().min(1).max(200),
  agent: z.string().min(1).max(200),
  /** As the claim has it: compared with it, and with nothing else. Like the owner it may have been tampered with. */
  digest: z.string(),
  /** The digest that was proposed, where people edited the action. */
  proposed: z.string().optional(),
  /** Left out where it is the dispatch of that id. */
  owner: z.string().optional(),
  /** Left out where it cannot be read any more: then no witness knows where to look. */
  signed: SignedDraft.optional(),
});
export type Orphan = z.infer<typeof Orphan>;

function isInstant(text: string): boolean {
  const ms = Date.parse(text);
  return /^\d{4}-/.test(text) && !Number.isNaN(ms) && new Date(ms).toISOString() === text;
}
