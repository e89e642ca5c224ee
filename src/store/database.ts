import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './tables.ts';
import { patiently } from './unavailable.ts';

export type DatabaseKind = 'sqlite' | 'postgresql';

/** What differs between the databases. Everything else in the store is written once, for both. */
export interface Connection {
  readonly kind: DatabaseKind;
  /** For messages; holds no secret. */
  readonly where: string;
  readonly kysely: Kysely<Tables>;
  /** Makes this transaction the only one that appends to the ledger, until it ends. */
  lockLedger(tx: Transaction<Tables>): Promise<void>;
  /** Does work that changes the schema, so that another process which does the same waits. */
  alone<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T>;
}

/** A database whose passing troubles are waited out: all work given to it may be done more than once. */
export interface Database {
  readonly kind: DatabaseKind;
  read<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T>;
  /** One transaction; what it reads it sees committed, and on SQLite it is the only writer from its first statement. */
  write<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T>;
  alone<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T>;
  lockLedger(tx: Transaction<Tables>): Promise<void>;
  close(): Promise<void>;
}

export function createDatabase(connection: Connection): Database {
  const { kind, where, kysely } = connection;
  return {
    kind,
    read: (work) => patiently(where, () => work(kysely)),
    write: (work) => patiently(where, () => kysely.transaction().execute(work)),
    alone: (work) => patiently(where, () => connection.alone(work)),
    lockLedger: (tx) => connection.lockLedger(tx),
    close: () => kysely.destroy(),
  };
}
