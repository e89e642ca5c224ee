import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'libsql';
import { Client } from 'pg';
import { afterEach, describe } from 'vitest';
import { openStore, type Store, type StoreLocation } from '../../src/store/open.ts';

/** A database of a test's own, empty at first and dropped after the test. */
interface FreshDatabase {
  readonly kind: Store['kind'];
  readonly location: StoreLocation;
  /** Opens a store on it, without touching the schema; closed after the test. */
  open(): Promise<Store>;
  /** Runs a statement past the store. */
  execute(statement: string): Promise<void>;
}

export type Fresh = () => Promise<FreshDatabase>;

export const TEST_DATABASE_URL = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

const DATABASES = [
  { name: 'SQLite', make: freshFile, missing: false },
  // Where none answers, postgres-notice.ts says so too.
  { name: 'PostgreSQL', make: freshPostgresql, missing: (await postgresTrouble()) !== undefined },
];

/** Defines the same tests on SQLite and on PostgreSQL. */
export function describeOnEachDatabase(title: string, define: (fresh: Fresh) => void): void {
  describeOn(DATABASES, title, define);
}

export function describeOnSqlite(title: string, define: (fresh: Fresh) => void): void {
  describeOn(DATABASES.slice(0, 1), title, define);
}

export function describeOnPostgresql(title: string, define: (fresh: Fresh) => void): void {
  describeOn(DATABASES.slice(1), title, define);
}

function describeOn(databases: typeof DATABASES, title: string, define: (fresh: Fresh) => void): void {
  for (const { name, make, missing } of databases) {
    describe.skipIf(missing)(`${title} (${name})`, () => {
      define(dropped(make));
    });
  }
}

/** A store with its schema, on a database of its own. */
export async function openFresh(fresh: Fresh): Promise<Store> {
  const store = await (await fresh()).open();
  await store.migrate();
  return store;
}

/** Why PostgreSQL cannot be used; undefined when it can. */
export async function postgresTrouble(): Promise<string | undefined> {
  try {
    await onPostgresql(TEST_DATABASE_URL, 'select 1');
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

async function onPostgresql(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 60_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

type Cleanup = (work: () => Promise<unknown>) => void;

function dropped(make: (cleanup: Cleanup) => Promise<FreshDatabase>): Fresh {
  const cleanups: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    // The last made goes first: stores are closed before their database is dropped.
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  return () => make((work) => cleanups.push(work));
}

async function freshFile(cleanup: Cleanup): Promise<FreshDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'mandate-store-'));
  cleanup(() => rm(folder, { recursive: true }));
  const file = join(folder, 'store.db');
  return {
    kind: 'sqlite',
    location: { file },
    open: () => openClosed({ file }, cleanup),
    async execute(statement) {
      const database = new Sqlite(file, { timeout: 5_000 });
      database.exec(statement);
      database.close();
    },
  };
}

async function freshPostgresql(cleanup: Cleanup): Promise<FreshDatabase> {
  const name = `mandate_test_${randomBytes(6).toString('hex')}`;
  await onPostgresql(TEST_DATABASE_URL, `create database ${name} template template0`);
  cleanup(() => onPostgresql(TEST_DATABASE_URL, `drop database ${name} with (force)`));
  const url = new URL(TEST_DATABASE_URL);
  url.pathname = `/${name}`;
  const location = { url: url.href };
  return {
    kind: 'postgresql',
    location,
    open: () => openClosed(location, cleanup),
    execute: (statement) => onPostgresql(url.href, statement),
  };
}

async function openClosed(location: StoreLocation, cleanup: Cleanup): Promise<Store> {
  const store = await openStore(location);
  cleanup(() => store.close());
  return store;
}
