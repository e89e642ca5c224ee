import type { Kysely, Transaction } from 'kysely';
import { canonicalize } from '../contract/canonical.ts';
import type { LedgerFact } from '../contract/ledger.ts';
import { MandateScope } from '../contract/mandate.ts';
import type { MandateRecord } from '../contract/mandate.ts';
import type { Database } from './database.ts';
import { appendFacts } from './ledger.ts';
import type { MandateRow, Tables } from './tables.ts';

/** A mandate that people have granted just now. */
export type GrantedMandate = Omit<MandateRecord, 'uses' | 'withdrawnAt' | 'withdrawnBy' | 'withdrawnBecause'>;

export interface MandateWithdrawal {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  readonly time: string;
}

export interface Mandates {
  /**
   * Keeps a mandate, with the facts. The same one again changes nothing and says what stands there, also when it has
   * been withdrawn; `id_taken` when another has its id.
   */
  grant(mandate: GrantedMandate, facts: readonly LedgerFact[]): Promise<MandateRecord | 'id_taken'>;
  get(id: string): Promise<MandateRecord | undefined>;
  /** All, or with `liveAt` those that may still let something through then; the one that expires first comes first. */
  list(query?: { readonly liveAt?: string }): Promise<MandateRecord[]>;
  /**
   * Ends a mandate, with the facts, from the moment this returns: no draft begins under it any more. The first
   * withdrawal counts, and `first` says whether this is it. Undefined when there is no such mandate.
   */
  withdraw(
    withdrawal: MandateWithdrawal,
    facts: readonly LedgerFact[],
  ): Promise<{ readonly mandate: MandateRecord; readonly first: boolean } | undefined>;
  /** The mandate that a draft has used. */
  usedBy(draftId: string): Promise<string | undefined>;
}

/** How often a mandate has been used, with this use. */
export interface MandateUse {
  readonly uses: number;
  readonly of: number;
}

/**
 * Uses a mandate for a draft, within the transaction that claims it: one statement that counts and compares. Undefined
 * when it is unknown, used up, over at `time` or withdrawn, or when the draft has used one before; then the transaction
 * must be rolled back.
 */
export async function useMandateIn(
  tx: Transaction<Tables>,
  mandate: string,
  draftId: string,
  time: string,
): Promise<MandateUse | undefined> {
  const [used] = await tx
    .updateTable('mandates')
    .set(({ eb }) => ({ uses: eb('uses', '+', 1) }))
    .where('id', '=', mandate)
    .where('withdrawn_at', 'is', null)
    .where('expires_at', '>', time)
    .whereRef('uses', '<', 'max_uses')
    .returning(['uses', 'max_uses'])
    .execute();
  if (used === undefined) return undefined;
  const first = await tx
    .insertInto('mandate_uses')
    .values({ draft_id: draftId, mandate, used_at: time })
    .onConflict((conflict) => conflict.column('draft_id').doNothing())
    .returning('draft_id')
    .execute();
  return first.length === 0 ? undefined : { uses: used.uses, of: used.max_uses };
}

/**
 * Whether a mandate is not over at `time` and has not been withdrawn, nor is until this transaction ends: a withdrawal
 * either has been committed and is seen here, or waits for what is done here.
 */
export async function holdsIn(
  database: Database,
  tx: Transaction<Tables>,
  mandate: string,
  time: string,
): Promise<boolean> {
  const row = await tx
    .selectFrom('mandates')
    .select(['withdrawn_at', 'expires_at'])
    .where('id', '=', mandate)
    // SQLite has one writer, which this transaction is.
    .$if(database.kind === 'postgresql', (query) => query.forShare())
    .executeTakeFirst();
  return row !== undefined && row.withdrawn_at === null && row.expires_at > time;
}

export function createMandates(database: Database): Mandates {
  return {
    async grant(mandate, facts) {
      const row = rowOf(mandate);
      return database.write(async (tx) => {
        const inserted = await tx
          .insertInto('mandates')
          .values(row)
          .onConflict((conflict) => conflict.column('id').doNothing())
          .returning('id')
          .execute();
        if (inserted.length > 0) {
          await appendFacts(database, tx, facts);
          return mandateOf(row);
        }
        const standing = await rows(tx).where('id', '=', mandate.id).executeTakeFirstOrThrow();
        return isSame(standing, row) ? mandateOf(standing) : 'id_taken';
      });
    },

    async get(id) {
      const row = await database.read((db) => rows(db).where('id', '=', id).executeTakeFirst());
      return row && mandateOf(row);
    },

    async list({ liveAt } = {}) {
      const found = await database.read((db) =>
        rows(db)
          .$if(liveAt !== undefined, (query) =>
            query
              .where('withdrawn_at', 'is', null)
              .where('expires_at', '>', liveAt ?? '')
              .whereRef('uses', '<', 'max_uses'),
          )
          .orderBy('expires_at')
          .orderBy('id')
          .execute(),
      );
      return found.map(mandateOf);
    },

    async withdraw({ id, by, reason, time }, facts) {
      return database.write(async (tx) => {
        const [withdrawn] = await tx
          .updateTable('mandates')
          .set({ withdrawn_at: time, withdrawn_by: by, withdrawn_because: reason })
          .where('id', '=', id)
          .where('withdrawn_at', 'is', null)
          .returningAll()
          .execute();
        if (withdrawn !== undefined) {
          await appendFacts(database, tx, facts);
          return { mandate: mandateOf(withdrawn), first: true };
        }
        const standing = await rows(tx).where('id', '=', id).executeTakeFirst();
        // Where the answer to a commit was lost, this is what it did.
        const first = standing?.withdrawn_at === time && standing.withdrawn_by === by;
        return standing && { mandate: mandateOf(standing), first };
      });
    },

    async usedBy(draftId) {
      const row = await database.read((db) =>
        db.selectFrom('mandate_uses').select('mandate').where('draft_id', '=', draftId).executeTakeFirst(),
      );
      return row?.mandate;
    },
  };
}

function rows(db: Kysely<Tables>) {
  return db.selectFrom('mandates').selectAll();
}

/** What people approved; who they were and when stays as it was written first. */
function isSame(a: MandateRow, b: MandateRow): boolean {
  const members = ['scope', 'max_uses', 'reason', 'expires_at'] as const;
  return members.every((member) => String(a[member]) === String(b[member]));
}

function rowOf(mandate: GrantedMandate): MandateRow {
  return {
    id: mandate.id,
    scope: canonicalize(mandate.scope),
    max_uses: mandate.maxUses,
    uses: 0,
    reason: mandate.reason,
    request_id: mandate.requestId,
    granted_by: canonicalize(mandate.grantedBy),
    granted_at: mandate.grantedAt,
    expires_at: mandate.expiresAt,
    withdrawn_at: null,
    withdrawn_by: null,
    withdrawn_because: null,
  };
}

// What nobody can read lets nothing through.
const NOTHING: MandateScope = { kinds: [], targets: [], agents: [], maxAmounts: {} };

function mandateOf(row: MandateRow): MandateRecord {
  const scope = MandateScope.safeParse(parsed(row.scope));
  const grantedBy = parsed(row.granted_by);
  return {
    id: row.id,
    scope: scope.success ? scope.data : NOTHING,
    maxUses: row.max_uses,
    uses: row.uses,
    expiresAt: row.expires_at,
    reason: row.reason,
    requestId: row.request_id,
    grantedBy: Array.isArray(grantedBy) ? grantedBy.map(String) : [],
    grantedAt: row.granted_at,
    withdrawnAt: row.withdrawn_at,
    withdrawnBy: row.withdrawn_by,
    withdrawnBecause: row.withdrawn_because,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
