import type { Transaction } from 'kysely';
import { canonicalize } from '../contract/canonical.ts';
import type { JsonObject } from '../contract/json.ts';
import { describeIssues } from '../contract/issues.ts';
import { LEDGER_START, type LedgerEntry, type LedgerEntryType, LedgerFact, ledgerHash } from '../contract/ledger.ts';
import type { Database } from './database.ts';
import { groupCommits } from './group-commit.ts';
import type { LedgerRow, Tables } from './tables.ts';

export interface Ledger {
  /**
   * Appends facts in order, all or none, and returns their entries. A fact whose entry id is there already adds
   * nothing; the entry that is there is returned as it is.
   *
   * @throws InvalidFact when a fact does not fit its schema.
   */
  append(facts: readonly LedgerFact[]): Promise<LedgerEntry[]>;
  /** Entries in order: of one run, agent or type or of all, after a position (default 0), at most `limit` (default: no limit). */
  entries(query?: EntriesQuery): Promise<LedgerEntry[]>;
  /** All entries in order, of one run or of all, read page by page. */
  export(run?: string): AsyncIterable<LedgerEntry>;
  /** The last entry of the whole ledger; undefined when there is none. */
  head(): Promise<LedgerEntry | undefined>;
  /** The last entry of a run; undefined when there is none. */
  runHead(run: string): Promise<LedgerEntry | undefined>;
}

interface EntriesQuery {
  readonly run?: string | undefined;
  readonly agent?: string | undefined;
  readonly type?: LedgerEntryType | undefined;
  readonly afterPosition?: number | undefined;
  readonly limit?: number | undefined;
}

// Keeps one statement within SQLite's limits (500 parts of a union, 32,766 parameters).
const BATCH = 100;
const PAGE = 500;

/** Thrown for a fact that no ledger may hold, since it could never be verified. */
export class InvalidFact extends Error {
  override readonly name = 'InvalidFact';
}

export function createLedger(database: Database): Ledger {
  const entries = async ({ run, agent, type, afterPosition = 0, limit }: EntriesQuery = {}): Promise<LedgerEntry[]> => {
    const rows = await database.read((db) =>
      db
        .selectFrom('ledger')
        .selectAll()
        .$if(run !== undefined, (query) => query.where('run', '=', run ?? ''))
        .$if(agent !== undefined, (query) => query.where('agent', '=', agent ?? ''))
        .$if(type !== undefined, (query) => query.where('type', '=', type ?? ''))
        .where('position', '>', afterPosition)
        .orderBy('position')
        .$if(limit !== undefined, (query) => query.limit(limit ?? 0))
        .execute(),
    );
    return rows.map(entryOf);
  };

  const last = async (run?: string): Promise<LedgerEntry | undefined> => {
    const row = await database.read((db) =>
      db
        .selectFrom('ledger')
        .selectAll()
        .$if(run !== undefined, (query) => query.where('run', '=', run ?? ''))
        .orderBy('position', 'desc')
        .limit(1)
        .executeTakeFirst(),
    );
    return row && entryOf(row);
  };

  const append = groupCommits<LedgerFact, LedgerEntry>((facts) =>
    database.write((tx) => appendValid(database, tx, facts)),
  );

  return {
    async append(facts) {
      // Before the facts join those of others, which must not fail with them.
      facts.forEach(refuseInvalid);
      return append(facts);
    },
    entries,
    async *export(run) {
      for (let page = await entries({ run, limit: PAGE }); page.length > 0;) {
        yield* page;
        page = await entries({ run, limit: PAGE, afterPosition: page.at(-1)?.position });
      }
    },
    head: () => last(),
    runHead: (run) => last(run),
  };
}

/** Appends facts within a transaction that does something else too, so that both happen or neither. */
export async function appendFacts(
  database: Database,
  tx: Transaction<Tables>,
  facts: readonly LedgerFact[],
): Promise<void> {
  facts.forEach(refuseInvalid);
  await appendValid(database, tx, facts);
}

/** Whether an entry is there already: work that is done again after its answer was lost finds so what it has done. */
export async function isRecorded(tx: Transaction<Tables>, entryId: string): Promise<boolean> {
  const row = await tx.selectFrom('ledger').select('position').where('entry_id', '=', entryId).executeTakeFirst();
  return row !== undefined;
}

function refuseInvalid(fact: LedgerFact): void {
  const { error } = LedgerFact.safeParse(fact);
  if (error !== undefined) throw new InvalidFact(`Ledger fact ${fact.entryId}: ${describeIssues(error, fact)}`);
}

async function appendValid(
  database: Database,
  tx: Transaction<Tables>,
  facts: readonly LedgerFact[],
): Promise<LedgerEntry[]> {
  if (facts.length === 0) return [];
  await database.lockLedger(tx);
  const entries: LedgerEntry[] = [];
  for (let start = 0; start < facts.length; start += BATCH) {
    entries.push(...(await appendBatch(tx, facts.slice(start, start + BATCH))));
  }
  return entries;
}

async function appendBatch(tx: Transaction<Tables>, facts: readonly LedgerFact[]): Promise<LedgerEntry[]> {
  const known = await knownEntries(tx, facts);
  const byId = new Map(known.map((entry) => [entry.entryId, entry]));
  const runHeads = new Map(known.map((entry) => [entry.run, entry]));
  let head = known.at(-1);

  const added: LedgerEntry[] = [];
  const entries = facts.map((fact) => {
    const existing = byId.get(fact.entryId);
    if (existing !== undefined) return existing;
    const entry = link(fact, head, runHeads.get(fact.run));
    head = entry;
    runHeads.set(entry.run, entry);
    byId.set(entry.entryId, entry);
    added.push(entry);
    return entry;
  });

  if (added.length > 0) await tx.insertInto('ledger').values(added.map(rowOf)).execute();
  return entries;
}

/**
 * In one statement and in order of position: the entries that have the facts' ids, the last one of each of their runs,
 * and the last one of all.
 */
async function knownEntries(tx: Transaction<Tables>, facts: readonly LedgerFact[]): Promise<LedgerEntry[]> {
  const ids = facts.map((fact) => fact.entryId);
  const ledger = tx.selectFrom('ledger').selectAll();
  const lastPosition = tx.selectFrom('ledger').select(({ fn }) => fn.max('position').as('last'));
  let query = ledger.where('entry_id', 'in', ids).unionAll(ledger.where('position', '=', lastPosition));
  for (const run of new Set(facts.map((fact) => fact.run))) {
    query = query.unionAll(ledger.where('position', '=', lastPosition.where('run', '=', run)));
  }
  const rows = await query.execute();
  return rows.map(entryOf).sort((a, b) => a.position - b.position);
}

function link(fact: LedgerFact, head: LedgerEntry | undefined, runHead: LedgerEntry | undefined): LedgerEntry {
  const { entryId, run, agent, type, time, body } = fact;
  const entry = {
    position: (head?.position ?? 0) + 1,
    sequence: (runHead?.sequence ?? 0) + 1,
    entryId,
    run,
    agent,
    type,
    time,
    body,
    runPrevious: runHead?.hash ?? LEDGER_START,
    previous: head?.hash ?? LEDGER_START,
  };
  return { ...entry, hash: ledgerHash(entry) };
}

function rowOf({ entryId, body, runPrevious, ...entry }: LedgerEntry): LedgerRow {
  return { ...entry, entry_id: entryId, body: canonicalize(body), run_previous: runPrevious };
}

function entryOf({ entry_id: entryId, body, run_previous: runPrevious, ...row }: LedgerRow): LedgerEntry {
  return { ...row, entryId, type: row.type as LedgerEntry['type'], body: readBody(body), runPrevious };
}

/** A body that somebody made unreadable is shown as such, and fails verification like any other change. */
function readBody(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return { unreadable: text };
  }
}
