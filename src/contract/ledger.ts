import { z } from 'zod';
import { Digest, digestOf } from './canonical.ts';
import { JsonObject } from './json.ts';
import { Line } from './text.ts';

/** Everything that the ledger can say. */
export const LedgerEntryType = z.enum([
  'run.started',
  'run.ended',
  'run.paused',
  'run.resumed',
  'stage.started',
  'stage.ended',
  'phase.entered',
  'preflight.checked',
  'plan.accepted',
  'plan.refused',
  'output.recorded',
  'check.ran',
  'package.made',
  'agent.event',
  'agent.ended',
  'agent.revoked',
  'proposal.accepted',
  'proposal.refused',
  'violation',
  'approval.requested',
  'approval.decision',
  'approval.refused',
  'approval.edited',
  'approval.escalated',
  'approval.suspended',
  'approval.superseded',
  'approval.ended',
  'draft.created',
  'draft.edited',
  'draft.signed',
  'draft.deferred',
  'draft.ended',
  'attestation.given',
  'attestation.used',
  'effect.claimed',
  'effect.settled',
  'effect.unknown',
  'effect.orphaned',
  'effect.reconciled',
  'effect.late_truth',
  'executor.started',
  'executor.stopped',
  'executor.paused',
  'executor.resumed',
  'limits.paused',
  'limits.resumed',
  'limits.reset',
  'item.opened',
  'item.closed',
  'notification.sent',
  'notification.failed',
  'route.changed',
  'principal.changed',
  'token.issued',
  'token.revoked',
  'mandate.granted',
  'mandate.used',
  'mandate.withdrawn',
  'mail.refused',
  'message.refused',
]);
export type LedgerEntryType = z.infer<typeof LedgerEntryType>;

const Id = Line.min(1).max(1_000);

/** Something that happened, on its way into the ledger. `entryId` makes a repeated append add nothing. */
export const LedgerFact = z.strictObject({
  entryId: Id,
  run: Id,
  agent: Id.nullable(),
  type: LedgerEntryType,
  /** When it happened, in UTC: `2026-01-31T12:00:00.000Z`. */
  time: z.iso.datetime({ precision: 3 }),
  body: JsonObject,
});
export type LedgerFact = z.infer<typeof LedgerFact>;

/** A fact with its place in two hash chains: the one of its run, and the one of the whole ledger. */
export const LedgerEntry = LedgerFact.extend({
  /** Place in the whole ledger, from 1, without gaps. */
  position: z.int().min(1),
  /** Place in its run, from 1, without gaps. */
  sequence: z.int().min(1),
  /** Hash of the run's entry before this one, or {@link LEDGER_START}. */
  runPrevious: Digest,
  /** Hash of the ledger's entry before this one, or {@link LEDGER_START}. */
  previous: Digest,
  /** Digest of all the other fields. */
  hash: Digest,
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

/** Stands for the hash of the entry before the first. */
export const LEDGER_START: Digest = `sha256:${'0'.repeat(64)}`;

/** The hash that an entry must have. */
export function ledgerHash(entry: Omit<LedgerEntry, 'hash'>): Digest {
  const { entryId, run, agent, type, time, body, position, sequence, runPrevious, previous } = entry;
  return digestOf({ entryId, run, agent, type, time, body, position, sequence, runPrevious, previous });
}
