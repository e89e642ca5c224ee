import { z } from 'zod';
import { isWellFormed } from './canonical.ts';

/** Text that UTF-8 can carry, and so a digest can cover. */
export const Text = z.string().refine(isWellFormed, 'must not hold lone surrogates');
export type Text = z.infer<typeof Text>;

/** Text that is one line, as ids are: of what has control characters, nobody could read which one it is. */
export const Line = Text.refine((text) => !/\p{Cc}/u.test(text), 'must not contain control characters');

/** The beginning of a text that is longer than so many UTF-16 units; without half a character, which nothing could record. */
export function cut(text: string, most: number): string {
  return text.slice(0, most).replace(/\p{Surrogate}$/u, '');
}
