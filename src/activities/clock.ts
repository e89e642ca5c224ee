import { setTimeout as sleep } from 'node:timers/promises';

export interface Clock {
  now(): number;
  /** Rejects as soon as the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

// A longer timer would fire at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(Math.min(ms, LONGEST_TIMER_MS), undefined, signal === undefined ? {} : { signal }),
};
