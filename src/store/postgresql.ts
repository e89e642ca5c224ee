import {
  CompiledQuery,
  Kysely,
  PostgresDialect,
  PostgresDriver,
  sql,
  type DatabaseConnection,
  type Driver,
} from 'kysely';
import type { PostgresDialectConfig } from 'kysely';
import { type CustomTypesConfig, Pool, TypeOverrides, types } from 'pg';
import { boundedPool } from './bounded-pool.ts';
import type { Connection } from './database.ts';
import type { Tables } from './tables.ts';
import { codeOf, patiently, StoreUnavailable } from './unavailable.ts';

// Any fixed number that no other program using the same database is likely to have chosen.
const LEDGER_LOCK = 7_239_114_620_118;
const CONNECT_TIMEOUT_MS = 3_000;
const KEEP_ALIVE_AFTER_MS = 10_000;
// More than any statement may take on the server, so that an answer which is late is none.
const ANSWER_WITHIN_MS = 20_000;

/**
 * Begins so that every statement sees what was committed before it, whatever the server's default is. A process that
 * is held up in the middle of a transaction loses it, instead of keeping all others from the ledger.
 */
const BEGIN_SLOW =
  'begin isolation level read committed;' +
  ' set local lock_timeout = 10000; set local idle_in_transaction_session_timeout = 30000';
const BEGIN = `${BEGIN_SLOW}; set local statement_timeout = 15000`;

/** Connects to PostgreSQL and makes sure that it answers. */
export async function openPostgresql(
  url: string,
  { answerWithinMs = ANSWER_WITHIN_MS }: { readonly answerWithinMs?: number } = {},
): Promise<Connection> {
  const where = describe(url);
  const pool = new Pool({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    fallback_application_name: 'mandate',
    types: numbersForBigints(),
  });
  // A connection that dies while nobody uses it must not end the process; the pool replaces it.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const kysely = new Kysely<Tables>({ dialect: new PoolDialect({ pool: boundedPool(pool, answerWithinMs) }, BEGIN) });
  // A change of the schema takes as long as its tables are large. Of the same pool, which is ended once.
  const slow = new Kysely<Tables>({ dialect: new PoolDialect({ pool }, BEGIN_SLOW) });
  try {
    await patiently(where, () => sql`select 1`.execute(kysely));
  } catch (error) {
    await kysely.destroy();
    throw error instanceof StoreUnavailable
      ? error
      : new StoreUnavailable(`${where} ${refusalOf(error)}`, { cause: error });
  }
  return {
    kind: 'postgresql',
    where,
    kysely,
    lockLedger: async (tx) => {
      await sql`select pg_advisory_xact_lock(${sql.lit(LEDGER_LOCK)})`.execute(tx);
    },
    alone: (work) => work(slow),
  };
}

class PoolDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;
  readonly #begin: string;

  constructor(config: PostgresDialectConfig, begin: string) {
    super(config);
    this.#config = config;
    this.#begin = begin;
  }

  override createDriver(): Driver {
    return new PoolDriver(this.#config, this.#begin);
  }
}

class PoolDriver extends PostgresDriver {
  readonly #begin: CompiledQuery;

  constructor(config: PostgresDialectConfig, begin: string) {
    super(config);
    this.#begin = CompiledQuery.raw(begin);
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(this.#begin);
  }
}

/** Positions in the ledger come as text otherwise; they stay far below 2^53. */
function numbersForBigints(): CustomTypesConfig {
  const overrides = new TypeOverrides();
  overrides.setTypeParser(types.builtins.INT8, Number);
  return overrides;
}

/** Where a URL leads, without its user, password and parameters. */
function describe(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    // The URL itself is not shown: it may hold a password.
    throw new StoreUnavailable(
      'The database URL is not one of PostgreSQL; give it as postgresql://user:password@host:5432/database',
    );
  }
  return `PostgreSQL at ${parsed.host === '' ? 'the local socket' : parsed.host}${parsed.pathname}`;
}

function refusalOf(error: unknown): string {
  switch (codeOf(error)) {
    case '28P01':
    case '28000':
      return 'refuses the user or the password; correct them in the database URL';
    case '3D000':
      return 'has no such database; create it, or correct its name in the database URL';
    case 'ENOTFOUND':
      return 'cannot be found under that host name; correct it in the database URL';
    default:
      return 'cannot be used; check the database URL';
  }
}
