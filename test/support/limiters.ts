import type { CallOutcome, LimitAlert, LimitAnswer } from '../../src/contract/limits.ts';
import { createDatabase, type Database } from '../../src/store/database.ts';
import { createLimiters, type Limiters } from '../../src/store/limiters.ts';
import { askIn, type LimitTerms, settleIn } from '../../src/store/limits.ts';
import type { StoreLocation } from '../../src/store/open.ts';
import { openPostgresql } from '../../src/store/postgresql.ts';
import { openSqlite } from '../../src/store/sqlite.ts';

export interface TestCall {
  readonly tool: string;
  readonly lease: string;
  readonly atMs: number;
  readonly agent?: string;
  readonly provider?: string;
}

/** The limiters of a database as those see them who claim and settle effects, each in a transaction of its own. */
export interface TestLimiters {
  readonly database: Database;
  readonly operate: Limiters;
  readonly ask: (call: TestCall) => Promise<{ answer: LimitAnswer; alerts: readonly LimitAlert[] }>;
  readonly settle: (ended: { lease: string; outcome: CallOutcome; atMs: number }) => Promise<readonly LimitAlert[]>;
}

export async function openLimiters(location: StoreLocation, terms: Partial<LimitTerms>): Promise<TestLimiters> {
  const database = createDatabase(
    'url' in location ? await openPostgresql(location.url) : await openSqlite(location.file),
  );
  const limits = { limits: terms.limits, perAgent: terms.perAgent };
  return {
    database,
    operate: createLimiters(database),
    ask: ({ atMs, agent = 'packer', ...call }) =>
      database.write(async (tx) => {
        const permit = await askIn(database, tx, { ...limits, ...call, agent, now: isoOf(atMs) });
        await permit.keep();
        return { answer: permit.answer, alerts: permit.alerts };
      }),
    settle: ({ atMs, ...ended }) =>
      database.write((tx) => settleIn(database, tx, { ...limits, ...ended, now: isoOf(atMs) })),
  };
}

/** Tests count their milliseconds from here. */
const START_MS = Date.parse('2026-03-01T09:00:00.000Z');

export function isoOf(atMs: number): string {
  return new Date(START_MS + atMs).toISOString();
}
