import { z } from 'zod';
import { Instant } from './draft.ts';

/** Only people decide; an agent that is known as one never may. */
export const PrincipalKind = z.enum(['person', 'agent']);
export type PrincipalKind = z.infer<typeof PrincipalKind>;

const ONE_LINE = /^[^\s\p{C}](?:[^\p{C}]*[^\s\p{C}])?$/u;

const A_LINE = 'must be one line of 1 to 200 characters';

/** Who somebody is here: it stands in requests, decisions and the ledger. */
export const KnownId = z.string().max(200, A_LINE).regex(ONE_LINE, A_LINE);

/** A circle of people who may be asked together. */
export const GroupName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, dots, hyphens or underscores');

/** One address, as it is compared with the sender of an answer: no display name, no comment. */
export const EmailAddress = z
  .email({ error: 'must be an e-mail address like ana@example.org' })
  .max(254, 'must have at most 254 characters');

/** A person or an agent, as the store knows it. */
export const Principal = z.strictObject({
  id: KnownId,
  kind: PrincipalKind,
  groups: z.array(GroupName).max(100),
  email: EmailAddress.nullable(),
  createdAt: Instant,
  /** Since when it may do nothing any more; what it did stays true. */
  disabledAt: Instant.nullable(),
});
export type Principal = z.infer<typeof Principal>;

/** A personal token as it is listed: the token itself was shown once, and is kept by nobody but its owner. */
export interface TokenRecord {
  readonly id: string;
  readonly principal: string;
  readonly label: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly revokedAt: string | null;
}
