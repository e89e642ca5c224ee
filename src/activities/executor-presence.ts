import { randomBytes } from 'node:crypto';
import type { LedgerEntryType, LedgerFact } from '../contract/ledger.ts';
import type { ExecutorCounter } from '../store/executors.ts';
import type { Store } from '../store/open.ts';

/** What a process that carries out drafts tells of itself, for `mandate executor status`. */
export interface Presence {
  readonly id: string;
  /** Counts what became of a draft. Written down a little later; no effect waits for it or fails with it. */
  count(result: keyof typeof COUNTED_AS): void;
  /** Nothing new is begun, and what has begun settles. */
  stopping(why: string): void;
  /** Writes down what is left to write, and that this process has ended in good order. Never throws. */
  end(why: string): Promise<void>;
  /** The same of one that did not: this reason replaces that of {@link stopping}. */
  fail(why: string): Promise<void>;
}

export interface PresenceOptions {
  readonly store: Pick<Store, 'executors'>;
  readonly host: string;
  readonly pid: number;
  /** How often it says that it is there. Default: 10 seconds. */
  readonly heartbeatMs?: number;
}

/** The loser of a race has done nothing, and what was not begun comes back: these are only processed. */
const COUNTED_AS = {
  executed: 'executed',
  execute_failed: 'failed',
  unknown: 'unknown',
  verify_failed: 'refused',
  expired: 'refused',
  revoked: 'refused',
  refused_non_delegable: 'refused',
  debounced: 'deferred',
  circuit_open: 'deferred',
  deferred_thermal: 'deferred',
  frozen: 'deferred',
  lost_race: undefined,
  not_covered: undefined,
  nothing_started: undefined,
} as const satisfies Record<string, ExecutorCounter | undefined>;

/** The ledger's run of everything that concerns executors and no run. */
export const EXECUTOR_RUN = 'executor';

const HEARTBEAT_MS = 10_000;
// Gathers what a burst of drafts counts.
const FLUSH_AFTER_MS = 1_000;

/** @throws StoreUnavailable when the database does not answer: without it nothing could be claimed either. */
export async function startPresence({ store, host, pid, heartbeatMs }: PresenceOptions): Promise<Presence> {
  const { executors } = store;
  const id = `${pid}@${host}/${randomBytes(6).toString('hex')}`;
  const who = { executor: id, host, pid };
  const time = now();
  await executors.began({ id, host, pid, time }, [executorFact('executor.started', id, time, who)]);

  const counts = new Map<ExecutorCounter, number>();
  const add = (name: ExecutorCounter, by: number): void => void counts.set(name, (counts.get(name) ?? 0) + by);
  const flush = async (): Promise<void> => {
    const due = Array.from(counts);
    counts.clear();
    for (const [name, by] of due) {
      await executors.count(id, name, by).catch(() => add(name, by));
    }
  };
  // One after the other, so that a slow database is not asked by many at once.
  let writing = Promise.resolve();
  const write = (work: () => Promise<void>): Promise<void> => {
    // Where the database is away, the next heartbeat says the same.
    writing = writing.then(work).catch(() => undefined);
    return writing;
  };

  let flushing: NodeJS.Timeout | undefined;
  const heartbeat = setInterval(
    () =>
      void write(async () => {
        await executors.seen(id, now());
        await flush();
      }),
    heartbeatMs ?? HEARTBEAT_MS,
  ).unref();

  const finish = (why: string, inGoodOrder: boolean): Promise<void> => {
    clearInterval(heartbeat);
    clearTimeout(flushing);
    return write(async () => {
      await flush();
      const ended = now();
      await executors.ended(id, { time: ended, why, inGoodOrder }, (kept) => [
        executorFact('executor.stopped', id, ended, { ...who, why: kept }),
      ]);
    });
  };

  return {
    id,
    count(result) {
      add('processed', 1);
      const counter = COUNTED_AS[result];
      if (counter !== undefined) add(counter, 1);
      flushing ??= setTimeout(() => {
        flushing = undefined;
        void write(flush);
      }, FLUSH_AFTER_MS).unref();
    },
    stopping(why) {
      void write(() => executors.stopping(id, why));
    },
    end: (why) => finish(why, true),
    fail: (why) => finish(why, false),
  };
}

/** A fact about executors; `part` tells it from the others of its type. */
export function executorFact(
  type: Extract<LedgerEntryType, `executor.${string}`>,
  part: string,
  time: string,
  body: LedgerFact['body'],
): LedgerFact {
  return { entryId: `${EXECUTOR_RUN}/${type}/${part}`, run: EXECUTOR_RUN, agent: null, type, time, body };
}

function now(): string {
  return new Date().toISOString();
}
