import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';

const POLL_MS = 200;
const POLLS_PER_NOTICE = 10;

/**
 * Runs `work` while no other process on this machine runs anything under the same lock file.
 * The operating system holds the lock (SQLite's own, on an empty database), so it ends with its holder however that dies.
 * `onWait` is told every two seconds for how many seconds we have waited. Throws the signal's reason when aborted while waiting.
 */
export async function withFileLock<T>(
  path: string,
  options: { onWait?: (seconds: number) => void; signal?: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  // Made before the database would, since that lets everybody read it.
  await (await open(path, 'a', 0o600)).close();
  const database = new Database(path, { timeout: 0 });
  try {
    for (let polls = 0; !tryToLock(database); polls++) {
      if (polls % POLLS_PER_NOTICE === 0) options.onWait?.((polls * POLL_MS) / 1000);
      await sleep(POLL_MS, undefined, options.signal && { signal: options.signal });
    }
    return await work();
  } finally {
    database.close();
  }
}

function tryToLock(database: Database.Database): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'SQLITE_BUSY') return false;
    throw error;
  }
}
