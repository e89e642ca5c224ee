import { existsSync } from 'node:fs';
import { readConfig, storeLocation } from '../config.ts';
import type { Config } from '../config.ts';
import { isGiven } from '../dev/given-server.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/open.ts';
import { CommandError } from './errors.ts';

/** The database itself: no server is needed for what is recorded. Throws NothingHere where there is none yet. */
export async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const config = readConfig(process.env);
  const missing = missingStore(config);
  if (missing !== undefined) {
    throw new CommandError('NothingHere', `Nothing here yet: there is no database at ${missing}.`, {
      hint: `${howToMakeOne(process.env)} makes it; if there is one elsewhere, set MANDATE_DATA or DATABASE_URL to where it is.`,
    });
  }
  return openedFor(config, work);
}

/** The same, and undefined where there is no database yet. */
export async function inStore<T>(config: Config, look: (store: Store) => Promise<T>): Promise<T | undefined> {
  return missingStore(config) === undefined ? openedFor(config, look) : undefined;
}

/** The file of a database that is not there yet; undefined where there is one. A server's is taken to be there. */
export function missingStore(config: Config): string | undefined {
  const where = storeLocation(config);
  return 'file' in where && !existsSync(where.file) ? where.file : undefined;
}

/** The commands that make the database: no embedded server is brought up beside one that is named. */
export function howToMakeOne(env: NodeJS.ProcessEnv): string {
  return isGiven(env) ? '"mandate migrate"' : 'The first "mandate dev" or "mandate run"';
}

async function openedFor<T>(config: Config, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(storeLocation(config));
  try {
    await store.checkSchema();
    return await work(store);
  } finally {
    await store.close();
  }
}
