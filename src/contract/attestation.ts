import { z } from 'zod';
import { Digest, isWellFormed } from './canonical.ts';
import { Instant } from './draft.ts';
import { NonDelegable } from './non-delegable.ts';

/** Whose key may attest. Colons and commas separate in the list of keys. */
export const Founder = z
  .string()
  .max(200)
  .regex(/^[^\s:,\p{C}](?:[^:,\p{C}]*[^\s:,\p{C}])?$/u, 'must be one line without colons and commas');
export type Founder = z.infer<typeof Founder>;

/** What a founder says about one action: that this one effect, which nobody may delegate, is wanted now. */
export const AttestationStatement = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{22,100}$/, 'must be 22 to 100 letters, digits, hyphens or underscores'),
  founder: Founder,
  /** The one class of effect whose refusal it lifts. */
  scope: NonDelegable,
  /** Of the action, nested fields included. */
  digest: Digest,
  time: Instant,
  /** Where it can be looked up why: a ticket, a minute, a recording. */
  evidence: z
    .string()
    .max(2_000)
    .refine((text) => text.trim() !== '' && isWellFormed(text) && !/\p{Cc}/u.test(text), 'must be one line of text'),
});
export type AttestationStatement = z.infer<typeof AttestationStatement>;

/** A statement with its signature: Ed25519 over the canonical JSON of the statement, in base64. */
export const Attestation = z.strictObject({
  statement: AttestationStatement,
  signature: z.string().regex(/^[A-Za-z0-9+/]{86}==$/, 'must be the 64 bytes of an Ed25519 signature in base64'),
});
export type Attestation = z.infer<typeof Attestation>;
