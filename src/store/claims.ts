import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { canonicalize } from '../contract/canonical.ts';
import type { JsonObject } from '../contract/json.ts';
import type { LedgerFact } from '../contract/ledger.ts';
import type { Database } from './database.ts';
import { appendFacts } from './ledger.ts';
import type { ClaimRow, Tables } from './tables.ts';

/** Who carries out a draft: whoever inserted its claim, and nobody else, ever. */
export interface Claim extends ClaimRequest {
  readonly settlement: Settlement | null;
}

export interface ClaimRequest {
  readonly draftId: string;
  /** Of the action. */
  readonly digest: string;
  readonly kind: string;
  /** Id of the workflow that carries out the draft. */
  readonly owner: string;
  readonly run: string;
  readonly agent: string;
  /** The process that is about to act. */
  readonly worker: string;
  readonly time: string;
}

interface Settlement {
  readonly outcome: 'completed' | 'completed_with_error';
  readonly receipt?: JsonObject | undefined;
  readonly error?: string | undefined;
  readonly by: string;
  readonly time: string;
}

type ClaimResult = { readonly claimed: true } | { readonly claimed: false; readonly existing: Claim };
type SettleResult = { readonly settled: true } | { readonly settled: false; readonly existing: Claim };

export interface Claims {
  /** The first claim of a draft wins, whatever processes race for it; the facts are appended only then, with it. */
  claim(request: ClaimRequest, facts: readonly LedgerFact[]): Promise<ClaimResult>;
  /**
   * The first settlement of a claim wins; the facts are appended only then, with it.
   *
   * @throws UnknownClaim when the draft was never claimed.
   */
  settle(settlement: Settlement & { readonly draftId: string }, facts: readonly LedgerFact[]): Promise<SettleResult>;
  get(draftId: string): Promise<Claim | undefined>;
  /** Claims made before a time and not settled: nobody knows whether their effects happened. Oldest first. */
  unsettled(query: { readonly olderThan: string }): Promise<Claim[]>;
  /** The claims of a run, oldest first. */
  forRun(run: string): Promise<Claim[]>;
}

/** Thrown when a draft is settled that was never claimed. */
export class UnknownClaim extends Error {
  override readonly name = 'UnknownClaim';
}

export function createClaims(database: Database): Claims {
  return {
    async claim(request, facts) {
      // Tells this call's own row from another's when the answer to a commit was lost and the work is done again.
      const token = randomUUID();
      return database.write(async (tx) => {
        const inserted = await tx
          .insertInto('effect_claims')
          .values(rowOf(request, token))
          .onConflict((conflict) => conflict.column('draft_id').doNothing())
          .returning('draft_id')
          .execute();
        if (inserted.length > 0) {
          await appendFacts(database, tx, facts);
          return { claimed: true };
        }
        const existing = await rowFor(tx, request.draftId);
        return existing.claim_token === token ? { claimed: true } : { claimed: false, existing: claimOf(existing) };
      });
    },

    async settle({ draftId, ...settlement }, facts) {
      const token = randomUUID();
      return database.write(async (tx) => {
        const updated = await tx
          .updateTable('effect_claims')
          .set(settlementColumns(settlement, token))
          .where('draft_id', '=', draftId)
          .where('settled_at', 'is', null)
          .returning('draft_id')
          .execute();
        if (updated.length > 0) {
          await appendFacts(database, tx, facts);
          return { settled: true };
        }
        const existing = await rowFor(tx, draftId);
        return existing.settle_token === token ? { settled: true } : { settled: false, existing: claimOf(existing) };
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
  };
}

function claimRows(db: Kysely<Tables>) {
  return db.selectFrom('effect_claims').selectAll().orderBy('claimed_at').orderBy('draft_id');
}

async function rowFor(db: Kysely<Tables>, draftId: string): Promise<ClaimRow> {
  const row = await claimRows(db).where('draft_id', '=', draftId).executeTakeFirst();
  if (row === undefined) throw new UnknownClaim(`Draft ${draftId} has no claim, so there is nothing to settle`);
  return row;
}

function rowOf({ draftId, time, ...request }: ClaimRequest, token: string): ClaimRow {
  const unsettled = {
    settled_at: null,
    settled_by: null,
    outcome: null,
    receipt: null,
    error: null,
    settle_token: null,
    draft: null,
    signature: null,
    due_at: null,
  };
  const { digest, kind, owner, run, agent, worker } = request;
  return {
    draft_id: draftId,
    digest,
    kind,
    owner,
    run,
    agent,
    worker,
    claimed_at: time,
    claim_token: token,
    ...unsettled,
  };
}

function settlementColumns({ outcome, receipt, error, by, time }: Settlement, token: string): Partial<ClaimRow> {
  return {
    outcome,
    receipt: receipt === undefined ? null : canonicalize(receipt),
    // A provider may say anything; PostgreSQL's text cannot hold a NUL, and that must not cost the settlement.
    error: error?.replaceAll('\0', '\ufffd') ?? null,
    settled_by: by,
    settled_at: time,
    settle_token: token,
  };
}

function claimOf(row: ClaimRow): Claim {
  const { draft_id: draftId, digest, kind, owner, run, agent, worker, claimed_at: time } = row;
  return { draftId, digest, kind, owner, run, agent, worker, time, settlement: settlementOf(row) };
}

function settlementOf(row: ClaimRow): Settlement | null {
  if (row.settled_at === null || row.settled_by === null) return null;
  return {
    outcome: row.outcome as Settlement['outcome'],
    ...(row.receipt === null ? {} : { receipt: JSON.parse(row.receipt) as JsonObject }),
    ...(row.error === null ? {} : { error: row.error }),
    by: row.settled_by,
    time: row.settled_at,
  };
}
