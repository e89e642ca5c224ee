import { existsSync } from 'node:fs';
import { readConfig, storeLocation } from '../config.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/open.ts';
import { CommandError } from './errors.ts';

/** The database itself: no server is needed for what is recorded. */
export async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const config = readConfig(process.env);
  const where = storeLocation(config);
  if ('file' in where && !existsSync(where.file)) {
    throw new CommandError('NothingHere', `Nothing here yet: there is no database at ${where.file}.`, {
      hint: 'Set MANDATE_DATA or DATABASE_URL to where it is.',
    });
  }
  const store = await openStore(where);
  try {
    await store.checkSchema();
    return await work(store);
  } finally {
    await store.close();
  }
}
