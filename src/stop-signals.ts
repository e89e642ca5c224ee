import { setTimeout as sleep } from 'node:timers/promises';

export interface StopSignals {
  /** Asks to end. */
  readonly first: (signal: NodeJS.Signals) => void;
  /** What is still to be said when somebody will not wait; the process ends after a moment, said or not. */
  readonly second: (signal: NodeJS.Signals) => Promise<unknown>;
}

// As shells count a program that a signal has ended.
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof SIGNALS;

// "At once", for a person; enough for one write to a database that answers.
const LAST_WORDS_MS = 1_000;

/** Listens to SIGTERM and SIGINT, of which the second ends the process. */
export function onStopSignals({ first, second }: StopSignals): { stop(): void } {
  let asked = false;
  const listen = (signal: StopSignal): void => {
    if (asked) {
      void Promise.race([second(signal), sleep(LAST_WORDS_MS)]).finally(() => process.exit(SIGNALS[signal]));
      return;
    }
    asked = true;
    first(signal);
  };
  const names = Object.keys(SIGNALS) as StopSignal[];
  for (const name of names) process.on(name, listen);
  return {
    stop() {
      for (const name of names) process.off(name, listen);
    },
  };
}
