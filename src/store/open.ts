import { sql } from 'kysely';
import { type Attestations, createAttestations } from './attestations.ts';
import { type Calls, createCalls } from './calls.ts';
import { type Claims, createClaims } from './claims.ts';
import { createDatabase, type DatabaseKind } from './database.ts';
import { createExecutors, type Executors } from './executors.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createLimiters, type Limiters } from './limiters.ts';
import { createMails, type Mails } from './mails.ts';
import { createOutputs, type Outputs } from './outputs.ts';
import { createMandates, type Mandates } from './mandates.ts';
import { openPostgresql } from './postgresql.ts';
import { createPrincipals, type Principals } from './principals.ts';
import { createProofs, type Proofs } from './proofs.ts';
import { createRoutes, type Routes } from './routes.ts';
import { checkSchema, migrate, type Migrated } from './schema.ts';
import { openSqlite } from './sqlite.ts';
import { createTokens, type Tokens } from './tokens.ts';
import { createTrackedItems, type TrackedItems } from './tracked-items.ts';

/** A PostgreSQL URL, or the path of a SQLite file. */
export type StoreLocation = { readonly url: string } | { readonly file: string };

/**
 * What runs share. Every method waits out a lock or an outage for some seconds and then throws StoreUnavailable; each
 * is done wholly or not at all.
 */
export interface Store {
  readonly kind: DatabaseKind;
  readonly ledger: Ledger;
  readonly claims: Claims;
  readonly attestations: Attestations;
  readonly mandates: Mandates;
  readonly outputs: Outputs;
  readonly executors: Executors;
  readonly items: TrackedItems;
  readonly limits: Limiters;
  readonly routes: Routes;
  readonly calls: Calls;
  readonly mails: Mails;
  readonly principals: Principals;
  readonly proofs: Proofs;
  readonly tokens: Tokens;
  /** Brings the schema up to date. Safe to repeat, and to run in several processes at once. */
  migrate(): Promise<Migrated>;
  /** @throws SchemaMismatch when migrations are missing, or when the database is newer than this program. */
  checkSchema(): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** @throws StoreUnavailable when the database cannot be reached or used. */
export async function openStore(where: StoreLocation): Promise<Store> {
  const database = createDatabase('url' in where ? await openPostgresql(where.url) : await openSqlite(where.file));
  return {
    kind: database.kind,
    ledger: createLedger(database),
    claims: createClaims(database),
    attestations: createAttestations(database),
    mandates: createMandates(database),
    outputs: createOutputs(database),
    executors: createExecutors(database),
    items: createTrackedItems(database),
    limits: createLimiters(database),
    routes: createRoutes(database),
    calls: createCalls(database),
    mails: createMails(database),
    principals: createPrincipals(database),
    proofs: createProofs(database),
    tokens: createTokens(database),
    migrate: () => migrate(database),
    checkSchema: () => checkSchema(database),
    async ping() {
      await database.read((db) => sql`select 1`.execute(db));
    },
    close: () => database.close(),
  };
}
