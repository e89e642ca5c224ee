import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/activities/clock.ts';

interface Sleeper {
  readonly at: number;
  wake(): void;
}

/** A clock on which time passes only where everything waits for it. */
export interface VirtualClock extends Clock {
  /** Lets time pass until this has ended. */
  until<T>(work: Promise<T>): Promise<T>;
}

export function startVirtualClock(start = '2026-03-01T09:00:00.000Z'): VirtualClock {
  let now = Date.parse(start);
  let sleepers: Sleeper[] = [];
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((each) => each !== sleeper);
          reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
        });
      }),
    async until(work) {
      let ended = false;
      const watched = work.finally(() => (ended = true));
      watched.catch(() => undefined);
      for (;;) {
        // Whatever can go on without time passing does so first.
        await turn();
        if (ended) return watched;
        const next = sleepers.reduce<Sleeper | undefined>(
          (a, b) => (a !== undefined && a.at <= b.at ? a : b),
          undefined,
        );
        if (next === undefined) continue;
        sleepers = sleepers.filter((each) => each !== next);
        now = next.at;
        next.wake();
      }
    },
  };
}
