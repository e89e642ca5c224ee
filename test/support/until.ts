import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `look` finds something, and returns it; fails after `seconds`, naming what was waited for. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  seconds = 60,
): Promise<T> {
  const giveUpAt = Date.now() + seconds * 1_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > giveUpAt) throw new Error(`Waited ${seconds} s in vain for ${what}.`);
    await sleep(25);
  }
}
