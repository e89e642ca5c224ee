import { setTimeout as sleep } from 'node:timers/promises';

/** Thrown when the database is down, locked or misconfigured. `cause` is what the driver said. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

// Long enough for a restart of PostgreSQL or another process's long write, short enough for somebody at a terminal.
const PATIENCE_MS = 5_000;
const FIRST_PAUSE_MS = 5;
// Waiters that pause longer than this lose a busy SQLite file to newcomers time and again.
const LONGEST_PAUSE_MS = 100;

/**
 * Does database work, again and again while the reason for its failure is likely to pass: the work must be repeatable,
 * also when an earlier try succeeded unheard. Gives up after 5 seconds.
 *
 * @throws StoreUnavailable when it gave up; any lasting error as it is.
 */
export async function patiently<T>(where: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  let retried = false;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error)) throw error;
      // A connection that had died unnoticed may use up the patience by itself; a new one is tried all the same.
      const isFirst = !retried && LOST_CONNECTION.test(messageOf(error));
      if (performance.now() - start > PATIENCE_MS && !isFirst) throw unavailable(where, error);
      retried = true;
      // Random, so that processes which collided do not collide again.
      await sleep(pause * (0.5 + Math.random()));
    }
  }
}

/** Whether the same work may well succeed in a moment. */
export function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  return isLock(code) || PASSING_CODES.has(code) || code.startsWith('08') || PASSING_MESSAGES.test(messageOf(error));
}

function unavailable(where: string, error: unknown): StoreUnavailable {
  const seconds = PATIENCE_MS / 1_000;
  return new StoreUnavailable(`${where} ${troubleOf(codeOf(error), `tried for ${seconds} seconds`)}`, { cause: error });
}

function troubleOf(code: string, tried: string): string {
  if (isLock(code)) return `is locked by another process, ${tried}; end the process that holds it and try again`;
  switch (code) {
    case 'ENOTFOUND':
      return `cannot be found under that host name, ${tried}; correct it in the database URL, or check the name service`;
    case '25006':
      return `takes no writes, ${tried}; check that the database URL leads to the primary server`;
    case '57014':
      return `did not finish a statement in time, ${tried}; check what holds it up`;
    default:
      return `does not answer, ${tried}; check that it is running and can be reached from here`;
  }
}

/** The code of a driver's or the system's error, or an empty text. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

function isLock(code: string): boolean {
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED');
}

// PostgreSQL's SQLSTATEs (beside class 08, connection exceptions) and the system's network errors.
const PASSING_CODES: ReadonlySet<string> = new Set([
  '40001', // serialization failure
  '40P01', // deadlock
  '55P03', // lock not available within lock_timeout
  '25006', // read-only: a failover is under way, or this connection still leads to the server that was the primary
  '25P03', // idle in transaction too long: this process was held up
  '53300', // too many connections
  '57014', // statement cancelled, mostly by statement_timeout
  '57P01', // terminated by an administrator
  '57P02', // server crashed
  '57P03', // server is starting or stopping
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND', // the database's host: a name service forgets it for a moment when it moves to another server
]);

// What the pg package says, without a code, of a connection that is gone or was not made in time.
const PASSING_MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/;
const LOST_CONNECTION = /^Connection terminated/;
