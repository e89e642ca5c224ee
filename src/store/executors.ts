import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { LedgerFact } from '../contract/ledger.ts';
import type { Database } from './database.ts';
import { appendFacts } from './ledger.ts';
import type { ExecutorRow, Tables } from './tables.ts';

/** What executors count: everything that they took up, and how it went. */
export const ExecutorCounter = z.enum(['processed', 'executed', 'failed', 'refused', 'deferred', 'unknown']);
export type ExecutorCounter = z.infer<typeof ExecutorCounter>;
export type ExecutorCounters = Readonly<Record<ExecutorCounter, number>>;

export interface Pause {
  readonly by: string;
  readonly reason: string;
  readonly since: string;
}

/** A process that carries out drafts, or did. */
export interface Executor {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly seenAt: string;
  /** When it ended; null while it has not, as far as anybody knows. */
  readonly stoppedAt: string | null;
  /** Why it ended, or is about to: it lets what has begun settle, and begins nothing more. */
  readonly why: string | null;
  readonly counters: ExecutorCounters;
}

export interface ExecutorStatus {
  /** Seen within the last 30 seconds. Each list begins with the longest running. */
  readonly alive: readonly Executor[];
  readonly stopped: readonly Executor[];
  /** Not seen any more, and never said that they stop: killed, or cut off from the database. */
  readonly lost: readonly Executor[];
  /** Of all executors that there ever were. */
  readonly counters: ExecutorCounters;
  readonly pause: Pause | null;
}

/**
 * The executors as they tell of themselves, and the pause that holds for all of them. Fails towards standing still: a
 * pause that cannot be read is an error for who asks, never the absence of one.
 */
export interface Executors {
  /** The facts here and below are appended with the change, and only when there is one. */
  began(
    executor: { readonly id: string; readonly host: string; readonly pid: number; readonly time: string },
    facts?: readonly LedgerFact[],
  ): Promise<void>;
  seen(id: string, time: string): Promise<void>;
  /** It lets what has begun settle. The first reason is kept, also for its end. */
  stopping(id: string, why: string): Promise<void>;
  /**
   * The first end counts. One in good order keeps the reason why it stopped, when there is one; `factsOf` gets the reason
   * that stands.
   */
  ended(
    id: string,
    end: { readonly time: string; readonly why: string; readonly inGoodOrder: boolean },
    factsOf?: (why: string) => readonly LedgerFact[],
  ): Promise<void>;
  count(executorId: string, name: ExecutorCounter, by?: number): Promise<void>;
  /** Pauses all executors, unless they are paused already: then that pause stays, and `first` is false. */
  pause(
    pause: { readonly by: string; readonly reason: string; readonly time: string },
    facts: readonly LedgerFact[],
  ): Promise<{ readonly first: boolean; readonly pause: Pause }>;
  /** Ends the pause and returns it; undefined when there was none. */
  resume(facts: readonly LedgerFact[]): Promise<Pause | undefined>;
  pauseInForce(): Promise<Pause | undefined>;
  /** Those that have stopped, or were seen last, before `endedAfter` are left out, with all but their counts. */
  status(query: { readonly now: string; readonly endedAfter: string }): Promise<ExecutorStatus>;
}

// Three heartbeats: one may be late, and another lost.
const SEEN_WITHIN_SECONDS = 30;

const ALL = 'executor';

export function createExecutors(database: Database): Executors {
  const pauseInForce = (): Promise<Pause | undefined> => database.read((db) => pauseRows(db).executeTakeFirst());

  return {
    async began({ id, host, pid, time }, facts = []) {
      await database.write(async (tx) => {
        const row = { id, host, pid, started_at: time, seen_at: time, stopped_at: null, why: null };
        const added = await tx
          .insertInto('executors')
          .values(row)
          .onConflict((conflict) => conflict.column('id').doNothing())
          .returning('id')
          .execute();
        if (added.length > 0) await appendFacts(database, tx, facts);
      });
    },

    async seen(id, time) {
      await database.write((tx) =>
        tx.updateTable('executors').set({ seen_at: time }).where('id', '=', id).where('seen_at', '<', time).execute(),
      );
    },

    async stopping(id, why) {
      await database.write((tx) =>
        tx
          .updateTable('executors')
          .set({ why })
          .where('id', '=', id)
          .where('stopped_at', 'is', null)
          .where('why', 'is', null)
          .execute(),
      );
    },

    async ended(id, { time, why, inGoodOrder }, factsOf = () => []) {
      await database.write(async (tx) => {
        const ended = await tx
          .updateTable('executors')
          .set((eb) => ({
            stopped_at: time,
            seen_at: time,
            why: inGoodOrder ? eb.fn.coalesce('why', eb.val(why)) : why,
          }))
          .where('id', '=', id)
          .where('stopped_at', 'is', null)
          .returning('why')
          .execute();
        for (const { why: kept } of ended) await appendFacts(database, tx, factsOf(kept ?? why));
      });
    },

    async count(executor, name, by = 1) {
      await database.write((tx) =>
        tx
          .insertInto('executor_counters')
          .values({ executor, name, count: by })
          .onConflict((conflict) =>
            conflict
              .columns(['executor', 'name'])
              .doUpdateSet((eb) => ({ count: eb('executor_counters.count', '+', eb.ref('excluded.count')) })),
          )
          .execute(),
      );
    },

    async pause({ by, reason, time }, facts) {
      return database.write(async (tx) => {
        const pause = { by, reason, since: time };
        const added = await tx
          .insertInto('pauses')
          .values({ what: ALL, ...pause })
          .onConflict((conflict) => conflict.column('what').doNothing())
          .returning('what')
          .execute();
        if (added.length > 0) {
          await appendFacts(database, tx, facts);
          return { first: true, pause };
        }
        const standing = await pauseRows(tx).executeTakeFirstOrThrow();
        // This very pause, when the answer to its commit was lost and the work is done again.
        const first = standing.by === by && standing.reason === reason && standing.since === time;
        return { first, pause: standing };
      });
    },

    async resume(facts) {
      return database.write(async (tx) => {
        const ended = await tx
          .deleteFrom('pauses')
          .where('what', '=', ALL)
          .returning(['by', 'reason', 'since'])
          .execute();
        if (ended.length > 0) await appendFacts(database, tx, facts);
        return ended[0];
      });
    },

    pauseInForce,

    async status({ now, endedAfter }) {
      const rows = await database.read((db) =>
        db
          .selectFrom('executors')
          .selectAll()
          .where('seen_at', '>', endedAfter)
          .orderBy('started_at')
          .orderBy('id')
          .execute(),
      );
      const counts = await database.read((db) =>
        db
          .selectFrom('executor_counters')
          .selectAll()
          .where('executor', 'in', (shown) =>
            shown.selectFrom('executors').select('id').where('seen_at', '>', endedAfter),
          )
          .execute(),
      );
      const totals = await database.read((db) =>
        db
          .selectFrom('executor_counters')
          .select(({ fn }) => ['name', fn.sum('count').as('count')])
          .groupBy('name')
          .execute(),
      );
      const executors = rows.map((row) =>
        executorOf(
          row,
          counts.filter(({ executor }) => executor === row.id),
        ),
      );
      const seenAfter = new Date(Date.parse(now) - SEEN_WITHIN_SECONDS * 1_000).toISOString();
      const open = executors.filter(({ stoppedAt }) => stoppedAt === null);
      return {
        alive: open.filter(({ seenAt }) => seenAt >= seenAfter),
        stopped: executors.filter(({ stoppedAt }) => stoppedAt !== null),
        lost: open.filter(({ seenAt }) => seenAt < seenAfter),
        counters: sum(totals),
        pause: (await pauseInForce()) ?? null,
      };
    },
  };
}

function pauseRows(db: Kysely<Tables>) {
  return db.selectFrom('pauses').select(['by', 'reason', 'since']).where('what', '=', ALL);
}

function executorOf(row: ExecutorRow, counts: readonly Count[]): Executor {
  const { id, host, pid, started_at: startedAt, seen_at: seenAt, stopped_at: stoppedAt, why } = row;
  return { id, host, pid, startedAt, seenAt, stoppedAt, why, counters: sum(counts) };
}

interface Count {
  readonly name: string;
  /** PostgreSQL gives a sum as text. */
  readonly count: number | string | bigint;
}

function sum(counts: readonly Count[]): ExecutorCounters {
  const of = (counter: ExecutorCounter): number =>
    counts.reduce((total, { name, count }) => (name === counter ? total + Number(count) : total), 0);
  return Object.fromEntries(ExecutorCounter.options.map((counter) => [counter, of(counter)])) as ExecutorCounters;
}
