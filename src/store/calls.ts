import type { Kysely } from 'kysely';
import type { Database } from './database.ts';
import type { CallRow, Tables } from './tables.ts';

/** One attempt of a call that may be repeated. */
export interface Call {
  readonly id: string;
  /** What the call is about: a draft's id, a notification's id. */
  readonly subject: string;
  readonly name: string;
  /** Which attempt this is, from 1. */
  readonly number: number;
  /** `begun` stays only where the process died meanwhile. */
  readonly outcome: 'begun' | 'ok' | 'failed' | 'timed_out';
  readonly error: string | null;
  readonly elapsedMs: number;
  /** When it began. */
  readonly time: string;
}

export interface Calls {
  /** Writes an attempt; written again under its id, it replaces what was known of it. */
  record(call: Call): Promise<void>;
  /** The latest, at most `limit`, oldest first. */
  list(query: { readonly subject?: string | undefined; readonly limit: number }): Promise<Call[]>;
}

const KEPT_MS = 30 * 86_400_000;
// Old attempts may lie a little longer; looking for them with every new one would cost more than it frees.
const SWEPT_EVERY_MS = 3_600_000;

export function createCalls(database: Database): Calls {
  let sweptAtMs = Number.NEGATIVE_INFINITY;
  return {
    async record(call) {
      const row = rowOf(call);
      const nowMs = Date.parse(call.time);
      const sweeps = nowMs - sweptAtMs >= SWEPT_EVERY_MS;
      if (sweeps) sweptAtMs = nowMs;
      const { outcome, error, elapsed_ms } = row;
      await database.write(async (tx) => {
        await tx
          .insertInto('calls')
          .values(row)
          .onConflict((conflict) => conflict.column('id').doUpdateSet({ outcome, error, elapsed_ms }))
          .execute();
        if (sweeps) await dropBefore(tx, new Date(nowMs - KEPT_MS).toISOString());
      });
    },

    async list({ subject, limit }) {
      const rows = await database.read((db) =>
        db
          .selectFrom('calls')
          .selectAll()
          .$if(subject !== undefined, (query) => query.where('subject', '=', subject ?? ''))
          .orderBy('time', 'desc')
          .orderBy('number', 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .execute(),
      );
      return rows.map(callOf).reverse();
    },
  };
}

async function dropBefore(tx: Kysely<Tables>, time: string): Promise<void> {
  await tx.deleteFrom('calls').where('time', '<', time).execute();
}

function rowOf({ elapsedMs, error, ...call }: Call): CallRow {
  // PostgreSQL's text cannot hold a NUL, and what others said may.
  return { ...call, error: error?.replaceAll('\0', '\ufffd') ?? null, elapsed_ms: Math.round(elapsedMs) };
}

function callOf({ elapsed_ms: elapsedMs, outcome, ...row }: CallRow): Call {
  return { ...row, outcome: outcome as Call['outcome'], elapsedMs };
}
