import { z } from 'zod';

/** How much a request matters; `P0` is critical. */
export const Priority = z.enum(['P0', 'P1', 'P2', 'P3']);
export type Priority = z.infer<typeof Priority>;
