import { Client } from 'pg';
import type { StoreLocation } from '../src/store/open.ts';

/** A database of the soak's own on a PostgreSQL server. */
export interface SoakDatabase {
  readonly location: Extract<StoreLocation, { url: string }>;
  drop(): Promise<void>;
}

const SERVER = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

export async function createSoakDatabase(): Promise<SoakDatabase> {
  const name = `mandate_soak_${process.pid}_${Date.now()}`;
  await onServer(`create database ${name} template template0`);
  const url = new URL(SERVER);
  url.pathname = `/${name}`;
  return { location: { url: url.href }, drop: () => onServer(`drop database ${name} with (force)`) };
}

async function onServer(statement: string): Promise<void> {
  const client = new Client({ connectionString: SERVER, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
