import { mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Kysely, SqliteDialect, SqliteDriver, type Driver } from 'kysely';
import Sqlite from 'libsql';
import type { Connection } from './database.ts';
import type { Tables } from './tables.ts';
import { isPassing, patiently, StoreUnavailable } from './unavailable.ts';

type SqliteFile = InstanceType<typeof Sqlite>;

// The wait for a lock blocks the whole process, so it is short; `patiently` does the longer waiting, asleep.
const BUSY_TIMEOUT_MS = 20;

/** Opens a SQLite file, made with its folder (for this user only) where there is none. */
export async function openSqlite(file: string): Promise<Connection> {
  const path = resolve(file);
  const where = `SQLite file ${path}`;
  const database = await patiently(where, () => openFile(path, where));
  const kysely = new Kysely<Tables>({ dialect: new FileDialect(database) });
  return {
    kind: 'sqlite',
    where,
    kysely,
    // Every transaction is the only writer from its beginning.
    lockLedger: () => Promise.resolve(),
    alone: (work) =>
      kysely.connection().execute(async (db) => {
        begin(database);
        try {
          const result = await work(db);
          database.exec('commit');
          return result;
        } finally {
          rollbackIfOpen(database);
        }
      }),
  };
}

async function openFile(path: string, where: string): Promise<SqliteFile> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // For this user only, as what SQLite puts beside it then is too.
    await (await open(path, 'a', 0o600)).close();
    const database = new Sqlite(path, { timeout: BUSY_TIMEOUT_MS });
    try {
      // Readers do not wait for the writer, nor the writer for readers.
      database.exec('pragma journal_mode = wal');
      // FULL puts each commit on the disk before it counts. NORMAL could forget a claim when the power fails, and with
      // it that an effect was begun; it would save a fraction of a millisecond.
      database.exec('pragma synchronous = full');
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    if (isPassing(error)) throw error;
    throw new StoreUnavailable(
      `${where} cannot be opened as a database; check that it is one, and that this user may write it and its folder`,
      { cause: error },
    );
  }
}

class FileDialect extends SqliteDialect {
  readonly #database: SqliteFile;

  constructor(database: SqliteFile) {
    super({ database });
    this.#database = database;
  }

  override createDriver(): Driver {
    return new FileDriver(this.#database);
  }
}

class FileDriver extends SqliteDriver {
  readonly #database: SqliteFile;

  constructor(database: SqliteFile) {
    super({ database });
    this.#database = database;
  }

  override beginTransaction(): Promise<void> {
    return settled(() => begin(this.#database));
  }

  override commitTransaction(): Promise<void> {
    return settled(() => this.#database.exec('commit'));
  }

  override rollbackTransaction(): Promise<void> {
    return settled(() => rollbackIfOpen(this.#database));
  }
}

/**
 * Takes the write lock at once, since a transaction that asks for it later may have to fail. By `exec`: a prepared
 * statement that met a lock stays open in libsql until it is garbage, and until then nothing commits any more.
 */
function begin(database: SqliteFile): void {
  database.exec('begin immediate');
}

/** SQLite itself rolls back after some errors, such as a full disk. */
function rollbackIfOpen(database: SqliteFile): void {
  if (database.inTransaction) database.exec('rollback');
}

async function settled(work: () => unknown): Promise<void> {
  work();
}
