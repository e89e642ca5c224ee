import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from './environment.ts';
import type { Operator } from './operator.ts';
import type { Random } from './random.ts';
import { settleUnknowns } from './reconciler.ts';
import type { Tally } from './tally.ts';

type Card =
  'kill executor' | 'kill worker' | 'kill temporal' | 'pause' | 'tamper' | 'reset' | 'terminate' | 'cancel' | 'settle';

// Dealt in drawn order, over and over: each disturbance comes as often as it stands here.
const DECK: readonly Card[] = [
  ...Array.from({ length: 3 }, () => 'kill executor' as const),
  ...Array.from({ length: 2 }, () => 'kill worker' as const),
  'kill temporal',
  ...Array.from({ length: 5 }, () => 'pause' as const),
  ...Array.from({ length: 3 }, () => 'tamper' as const),
  ...Array.from({ length: 6 }, () => 'reset' as const),
  ...Array.from({ length: 2 }, () => 'terminate' as const),
  ...Array.from({ length: 2 }, () => 'cancel' as const),
  ...Array.from({ length: 4 }, () => 'settle' as const),
];

export interface ChaosOptions {
  readonly forMs: number;
  readonly random: Random;
  readonly tally: Tally;
  readonly operator: Operator;
}

/** Disturbs for so long, with limits in force in the second third of it. */
export async function disturb(environment: Environment, options: ChaosOptions): Promise<void> {
  const { forMs, random } = options;
  const beganAt = Date.now();
  for (let deck: Card[] = []; ;) {
    const part = (Date.now() - beganAt) / forMs;
    if (part >= 1) return;
    limit(environment, part > 1 / 3 && part < 2 / 3, options);
    deck = deck.length === 0 ? random.shuffled(DECK) : deck;
    await play(deck.pop() ?? 'settle', environment, options);
    await sleep(random.int(200, 1_600));
  }
}

/** Limits are read when a process starts; some of them start now, and the others when they are killed. */
function limit(environment: Environment, limited: boolean, { random, tally }: ChaosOptions): void {
  if (environment.limited === limited) return;
  environment.limited = limited;
  environment.executors.kill(random.int(0, 9), 0);
  tally.count('executors killed');
}

async function play(card: Card, environment: Environment, { random, tally, operator }: ChaosOptions): Promise<void> {
  const { executors, workers, temporal } = environment;
  switch (card) {
    case 'kill executor':
      executors.kill(random.int(0, 9), random.int(0, 3_000));
      return tally.count('executors killed');
    case 'kill worker':
      workers.kill(random.int(0, 9), random.int(0, 2_000));
      return tally.count('workers killed');
    case 'kill temporal':
      // It comes back while the others go on being disturbed.
      if (temporal.kill(random.int(0, 2_000))) tally.count('Temporal servers killed');
      return undefined;
    case 'pause':
      return operator.pause();
    case 'tamper':
      return operator.tamper();
    case 'reset':
      return operator.reset();
    case 'terminate':
      return operator.terminate();
    case 'cancel':
      return operator.cancel();
    case 'settle':
      return settleUnknowns(environment);
  }
}
