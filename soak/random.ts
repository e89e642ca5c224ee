import { createHash } from 'node:crypto';

/** Chance that comes from a seed: the same seed, the same numbers in the same order. */
export interface Random {
  /** A whole number, both ends included. */
  int(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T | undefined;
  shuffled<T>(list: readonly T[]): T[];
  /** An id of 24 letters and digits. */
  id(): string;
  /** Another sequence, so that what one part draws does not shift what another does. */
  fork(name: string): Random;
}

export function createRandom(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32LE();
  // Mulberry32.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const random: Random = {
    int: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: (probability) => next() < probability,
    pick: (from) => from[random.int(0, from.length - 1)],
    shuffled(list) {
      const deck = [...list];
      for (let at = deck.length - 1; at > 0; at -= 1) {
        const other = random.int(0, at);
        const held = deck[at];
        const swapped = deck[other];
        if (held === undefined || swapped === undefined) continue;
        deck[at] = swapped;
        deck[other] = held;
      }
      return deck;
    },
    id: () => Array.from({ length: 24 }, () => 'abcdefghijklmnopqrstuvwxyz0123456789'[random.int(0, 35)]).join(''),
    fork: (name) => createRandom(`${seed}/${name}`),
  };
  return random;
}
