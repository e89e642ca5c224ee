import { randomUUID } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import type { LedgerFact } from '../contract/ledger.ts';
import type { LimitAlert, LimitAnswer } from '../contract/limits.ts';
import { useIn } from './attestations.ts';
import { claimOf, rowOf, settlementColumns, unsettled } from './claim.ts';
import type { Claim, ClaimRequest, Settlement } from './claim.ts';
import type { Database } from './database.ts';
import { appendFacts } from './ledger.ts';
import { askIn, holdIn, settleIn } from './limits.ts';
import type { Hold, LimitTerms } from './limits.ts';
import { holdsIn, useMandateIn } from './mandates.ts';
import type { MandateUse } from './mandates.ts';
import type { ClaimRow, Tables } from './tables.ts';

/** What a claim needs beside being the first: nothing is claimed, reserved or spent unless all of it is. */
export interface ClaimTerms extends LimitTerms {
  /** Ids of the attestations that lift a refusal for this draft; each is spent with the claim. */
  readonly attestations: readonly string[];
  /** The standing approval that lets this draft through: one use of it is spent with the claim. */
  readonly mandate?: { readonly id: string; readonly used: (use: MandateUse) => LedgerFact } | undefined;
}

type ClaimResult =
  | { readonly claimed: true; readonly token: string; readonly alerts: readonly LimitAlert[] }
  | { readonly claimed: false; readonly why: 'taken'; readonly existing: Claim }
  | {
      readonly claimed: false;
      readonly why: 'limited';
      readonly answer: Exclude<LimitAnswer, { kind: 'granted' }>;
      readonly alerts: readonly LimitAlert[];
    }
  /** An attestation was used by another draft in the meantime. */
  | { readonly claimed: false; readonly why: 'attestation_used' }
  /** The mandate was used up or withdrawn in the meantime, or is over. */
  | { readonly claimed: false; readonly why: 'not_covered' };
type SettleResult = { readonly alerts: readonly LimitAlert[] } & (
  { readonly settled: true } | { readonly settled: false; readonly existing: Claim }
);

export interface Claims {
  /**
   * The first claim of a draft wins, whatever processes race for it, when the limits grant it; the facts are appended
   * only then, with it.
   */
  claim(request: ClaimRequest, terms: ClaimTerms, facts: readonly LedgerFact[]): Promise<ClaimResult>;
  /**
   * The last word before the effect: true once, for who holds the claim, while nobody has settled it and its time is not
   * over. With a `mandate` also only while that is not withdrawn: a withdrawal that was committed before stops it, and
   * one that comes after is too late. Whoever is told false must not begin.
   */
  begin(begin: {
    readonly draftId: string;
    readonly token: string;
    readonly time: string;
    readonly mandate?: string | undefined;
  }): Promise<boolean>;
  /**
   * Sees to it that a draft is never claimed any more. Says what stands there when it has been: then nothing is changed.
   */
  withdraw(
    draft: Omit<ClaimRequest, 'dueAt' | 'signed' | 'worker'> & { readonly by: string },
  ): Promise<Claim | 'withdrawn'>;
  /**
   * The first settlement of a claim wins; the facts are appended only then, with it. Its lease is settled in the same
   * breath.
   *
   * @throws UnknownClaim when the draft was never claimed.
   */
  settle(
    settlement: Settlement & { readonly draftId: string; readonly hold?: Hold | undefined },
    terms: LimitTerms,
    facts: readonly LedgerFact[],
  ): Promise<SettleResult>;
  get(draftId: string): Promise<Claim | undefined>;
  /** Claims made before a time and not settled: nobody knows whether their effects happened. Oldest first. */
  unsettled(query: { readonly olderThan: string }): Promise<Claim[]>;
  /** The claims of a run, oldest first. */
  forRun(run: string): Promise<Claim[]>;
  /** The claims of a kind, of all runs, that were settled since a time or are not settled. Oldest first. */
  ofKind(query: { readonly kind: string; readonly since: string }): Promise<Claim[]>;
}

/** Thrown when a draft is settled that was never claimed. */
export class UnknownClaim extends Error {
  override readonly name = 'UnknownClaim';
}

/** Rolls a claim back whose attestation is spent. */
class AttestationUsed extends Error {}

/** Rolls a claim back whose mandate does not cover it. */
class NotCovered extends Error {}

export function createClaims(database: Database): Claims {
  const claimOnce = async (
    tx: Transaction<Tables>,
    request: ClaimRequest,
    terms: ClaimTerms,
    facts: readonly LedgerFact[],
    token: string,
  ): Promise<ClaimResult> => {
    const { draftId, kind: tool, provider, agent, time } = request;
    // Asked first, so that a draft that was claimed reserves nothing a second time.
    const before = await claimRows(tx).where('draft_id', '=', draftId).executeTakeFirst();
    if (before !== undefined)
      return before.claim_token === token ? { claimed: true, token, alerts: [] } : taken(before);

    const { limits, perAgent, attestations, mandate } = terms;
    const permit = await askIn(database, tx, {
      limits,
      perAgent,
      tool,
      provider,
      agent,
      lease: draftId,
      now: time,
    });
    if (permit.answer.kind !== 'granted') {
      await permit.keep();
      return { claimed: false, why: 'limited', answer: permit.answer, alerts: permit.alerts };
    }
    const inserted = await tx
      .insertInto('effect_claims')
      .values(rowOf(request, token))
      .onConflict((conflict) => conflict.column('draft_id').doNothing())
      .returning('draft_id')
      .execute();
    if (inserted.length === 0) return taken(await rowFor(tx, draftId));
    if (!(await useIn(tx, attestations, draftId, time))) throw new AttestationUsed();
    const used = mandate === undefined ? [] : [await useOrThrow(tx, mandate, request)];
    await permit.keep();
    await appendFacts(database, tx, [...facts, ...used]);
    return { claimed: true, token, alerts: permit.alerts };
  };

  return {
    async claim(request, terms, facts) {
      // Tells this call's own row from another's when the answer to a commit was lost and the work is done again.
      const token = randomUUID();
      try {
        return await database.write((tx) => claimOnce(tx, request, terms, facts, token));
      } catch (error) {
        if (error instanceof AttestationUsed) return { claimed: false, why: 'attestation_used' };
        if (error instanceof NotCovered) return { claimed: false, why: 'not_covered' };
        throw error;
      }
    },

    async begin({ draftId, token, time, mandate }) {
      return database.write(async (tx) => {
        if (mandate !== undefined && !(await holdsIn(database, tx, mandate, time))) return false;
        const begun = await tx
          .updateTable('effect_claims')
          .set({ begun_at: time })
          .where('draft_id', '=', draftId)
          .where('claim_token', '=', token)
          .where('begun_at', 'is', null)
          .where('settled_at', 'is', null)
          .where('due_at', '>', time)
          .returning('draft_id')
          .execute();
        if (begun.length > 0) return true;
        // Nobody else has the token: where the answer to a commit was lost, this is what it did.
        const row = await rowFor(tx, draftId);
        return row.claim_token === token && row.begun_at === time && row.settled_at === null;
      });
    },

    async withdraw({ by, ...draft }) {
      return database.write(async (tx) => {
        await tx
          .insertInto('effect_claims')
          .values({
            ...unsettled(draft, randomUUID()),
            worker: by,
            draft: null,
            signature: null,
            due_at: draft.time,
            ...settlementColumns({ outcome: 'withdrawn', by, time: draft.time }, randomUUID()),
          })
          .onConflict((conflict) => conflict.column('draft_id').doNothing())
          .execute();
        const claim = claimOf(await rowFor(tx, draft.draftId));
        return claim.settlement?.outcome === 'withdrawn' ? 'withdrawn' : claim;
      });
    },

    async settle({ draftId, hold, ...settlement }, { limits, perAgent }, facts) {
      const token = randomUUID();
      return database.write(async (tx) => {
        const outcome = settlement.outcome === 'completed' ? 'success' : 'failure';
        // The limiter first, as in a claim: two transactions that take locks in the same order cannot block each other.
        const alerts = await settleIn(database, tx, {
          limits,
          perAgent,
          lease: draftId,
          outcome,
          now: settlement.time,
        });
        const updated = await tx
          .updateTable('effect_claims')
          .set(settlementColumns(settlement, token))
          .where('draft_id', '=', draftId)
          .where('settled_at', 'is', null)
          .returning('draft_id')
          .execute();
        if (updated.length > 0) {
          if (hold !== undefined) await holdIn(tx, hold);
          await appendFacts(database, tx, facts);
          return { settled: true, alerts };
        }
        const existing = await rowFor(tx, draftId);
        return existing.settle_token === token
          ? { settled: true, alerts }
          : { settled: false, alerts, existing: claimOf(existing) };
      });
    },

    async get(draftId) {
      const row = await database.read((db) => claimRows(db).where('draft_id', '=', draftId).executeTakeFirst());
      return row && claimOf(row);
    },

    async unsettled({ olderThan }) {
      const rows = await database.read((db) =>
        claimRows(db).where('settled_at', 'is', null).where('claimed_at', '<', olderThan).execute(),
      );
      return rows.map(claimOf);
    },

    async forRun(run) {
      const rows = await database.read((db) => claimRows(db).where('run', '=', run).execute());
      return rows.map(claimOf);
    },

    async ofKind({ kind, since }) {
      const rows = await database.read((db) =>
        claimRows(db)
          .where('kind', '=', kind)
          .where((is) => is.or([is('settled_at', 'is', null), is('settled_at', '>=', since)]))
          .execute(),
      );
      return rows.map(claimOf);
    },
  };
}

async function useOrThrow(
  tx: Transaction<Tables>,
  { id, used }: NonNullable<ClaimTerms['mandate']>,
  { draftId, time }: ClaimRequest,
): Promise<LedgerFact> {
  const use = await useMandateIn(tx, id, draftId, time);
  if (use === undefined) throw new NotCovered();
  return used(use);
}

function claimRows(db: Kysely<Tables>) {
  return db.selectFrom('effect_claims').selectAll().orderBy('claimed_at').orderBy('draft_id');
}

async function rowFor(db: Kysely<Tables>, draftId: string): Promise<ClaimRow> {
  const row = await claimRows(db).where('draft_id', '=', draftId).executeTakeFirst();
  if (row === undefined) throw new UnknownClaim(`Draft ${draftId} has no claim, so there is nothing to settle`);
  return row;
}

function taken(row: ClaimRow): ClaimResult {
  return { claimed: false, why: 'taken', existing: claimOf(row) };
}
