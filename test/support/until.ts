import { setTimeout as sleep } from 'node:timers/promises';
import { grpcCodeOf } from '../../src/grpc-code.ts';

const DEADLINE_EXCEEDED = 4;

/** Waits until `look` finds something, and returns it; fails after `seconds`, naming what was waited for. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  seconds = 60,
): Promise<T> {
  const giveUpAt = Date.now() + seconds * 1_000;
  for (;;) {
    const found = await lookOnce(look);
    if (found !== undefined && found !== false) return found;
    if (Date.now() > giveUpAt) throw new Error(`Waited ${seconds} s in vain for ${what}.`);
    await sleep(25);
  }
}

/** A machine that stands still answers no query in its time; it is asked again. */
async function lookOnce<T>(look: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (grpcCodeOf(error) === DEADLINE_EXCEEDED) return undefined;
    throw error;
  }
}
