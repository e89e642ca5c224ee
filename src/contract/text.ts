import { z } from 'zod';
import { isWellFormed } from './canonical.ts';

/** Text that UTF-8 can carry, and so a digest can cover. */
export const Text = z.string().refine(isWellFormed, 'must not hold lone surrogates');
export type Text = z.infer<typeof Text>;
