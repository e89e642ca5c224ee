import { type Kysely, type MigrationResultSet, Migrator } from 'kysely';
import type { Database } from './database.ts';
import { MIGRATIONS } from './migrations.ts';
import type { Tables } from './tables.ts';

/** Thrown when the database's schema is not the one of this program. */
export class SchemaMismatch extends Error {
  override readonly name = 'SchemaMismatch';
}

export interface Migrated {
  /** Names of the migrations that were applied now, in order. */
  readonly applied: readonly string[];
}

// Of our own, since a PostgreSQL database may be shared with another program that uses Kysely.
const MIGRATION_TABLE = 'mandate_migrations';

/**
 * Brings the schema up to date. Safe to repeat, and to run in several processes at once.
 *
 * @throws SchemaMismatch when the database is newer than this program.
 */
export async function migrate(database: Database): Promise<Migrated> {
  return database.alone(async (db) => {
    refuseNewer(await appliedTo(db));
    const migrator = new Migrator({
      db,
      provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
      migrationTableName: MIGRATION_TABLE,
      migrationLockTableName: `${MIGRATION_TABLE}_lock`,
    });
    return { applied: namesOf(await migrator.migrateToLatest()) };
  });
}

/** @throws SchemaMismatch when migrations are missing, or when the database is newer than this program. */
export async function checkSchema(database: Database): Promise<void> {
  const applied = await database.read(appliedTo);
  refuseNewer(applied);
  const missing = Object.keys(MIGRATIONS).filter((name) => !applied.includes(name));
  if (missing.length > 0) {
    throw new SchemaMismatch(`The database lacks ${listed(missing)}; run \`mandate migrate\``);
  }
}

function namesOf({ error, results = [] }: MigrationResultSet): string[] {
  if (error instanceof Error) throw error;
  if (error !== undefined) throw new Error('A migration failed', { cause: error });
  return results.map((result) => result.migrationName);
}

function refuseNewer(applied: readonly string[]): void {
  const unknown = applied.filter((name) => !Object.hasOwn(MIGRATIONS, name));
  if (unknown.length === 0) return;
  throw new SchemaMismatch(
    `The database is newer than this program, which does not know ${listed(unknown)}; upgrade the program`,
  );
}

function listed(names: readonly string[]): string {
  return `${names.length === 1 ? 'the migration' : 'the migrations'} ${names.join(', ')}`;
}

async function appliedTo(db: Kysely<Tables>): Promise<string[]> {
  const tables = await db.introspection.getTables();
  if (!tables.some((table) => table.name === MIGRATION_TABLE)) return [];
  const migrations = db as unknown as Kysely<{ [MIGRATION_TABLE]: { name: string } }>;
  const rows = await migrations.selectFrom(MIGRATION_TABLE).select('name').orderBy('name').execute();
  return rows.map((row) => row.name);
}
