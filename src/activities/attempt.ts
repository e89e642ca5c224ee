import { randomUUID } from 'node:crypto';
import { ATTEMPT_MS } from '../policy/retry.ts';
import type { Call, Calls } from '../store/calls.ts';
import { realClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { withoutSecrets } from './provider-text.ts';

export interface AttemptOptions<T> {
  /** What is called, for the log: `notify ops`, `witness webhook`. */
  readonly name: string;
  /** What it is about, for the log: a draft's id, a notification's id. */
  readonly subject: string;
  /** Its signal fires when the attempt is over, however it ended: what still goes on then is waited for by nobody. */
  readonly call: (signal: AbortSignal, attempt: number) => Promise<T>;
  readonly timeoutMs?: number;
  readonly log: Pick<Calls, 'record'>;
  readonly clock?: Clock;
  /** Fires when the result is not wanted any more, as when an activity is cancelled. */
  readonly signal?: AbortSignal;
}

/** Thrown when an attempt took too long: it may still go on, but nobody waits for it. */
export class AttemptTimedOut extends Error {
  override readonly name = 'AttemptTimedOut';
}

// A database that is slow to answer must not make every call slow.
const LOG_PATIENCE_MS = 2_000;

/**
 * Makes one attempt of a call that may be repeated. Its time is really limited, also when the call never ends and takes
 * no notice of its signal. The log has the attempt from its beginning, so that one whose process dies is there too; a
 * log that cannot be written never fails the call.
 */
export async function attempt<T>(options: AttemptOptions<T>, number: number): Promise<T> {
  const { clock = realClock } = options;
  const startedMs = clock.now();
  const end = openEntry(options, number, startedMs);
  try {
    const value = await within(options, number, clock);
    await end({ outcome: 'ok', error: null, elapsedMs: clock.now() - startedMs });
    return value;
  } catch (error) {
    const said = withoutSecrets(error instanceof Error ? error.message : String(error));
    const outcome = error instanceof AttemptTimedOut ? 'timed_out' : 'failed';
    await end({ outcome, error: said, elapsedMs: clock.now() - startedMs });
    throw error;
  }
}

type Ended = Pick<Call, 'outcome' | 'error' | 'elapsedMs'>;

/** Puts an attempt into the log, and returns how to say there what became of it. */
function openEntry<T>(options: AttemptOptions<T>, number: number, startedMs: number): (ended: Ended) => Promise<void> {
  const { name, subject, log } = options;
  const begun = { id: randomUUID(), subject, name, number, time: new Date(startedMs).toISOString() };
  const write = async (rest: Ended): Promise<void> => {
    await log.record({ ...begun, ...rest });
  };
  const opened = write({ outcome: 'begun', error: null, elapsedMs: 0 }).catch(() => undefined);
  return async (ended) => {
    const written = opened.then(() => write(ended)).catch(() => undefined);
    const enough = new AbortController();
    await Promise.race([written, realClock.sleep(LOG_PATIENCE_MS, enough.signal)]);
    enough.abort();
  };
}

/** Gives a call its time, and no more. */
async function within<T>(
  { call, timeoutMs = ATTEMPT_MS, signal }: AttemptOptions<T>,
  number: number,
  clock: Clock,
): Promise<T> {
  const over = new AbortController();
  const timeout = async (): Promise<never> => {
    await clock.sleep(timeoutMs, over.signal);
    throw new AttemptTimedOut(`There was no answer within ${timeoutMs / 1_000} s; the attempt was abandoned.`);
  };
  const unwanted = new Promise<never>((_resolve, reject) => {
    const giveUp = (): void => reject(signal?.reason instanceof Error ? signal.reason : new Error('Given up.'));
    if (signal?.aborted === true) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true, signal: over.signal });
  });
  try {
    const called = (async () => call(over.signal, number))();
    return await Promise.race([unwanted, timeout(), called]);
  } finally {
    over.abort();
  }
}
