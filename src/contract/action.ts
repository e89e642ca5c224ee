import { z } from 'zod';
import { isCanonical } from './canonical.ts';
import { JsonObject } from './json.ts';

/** What an agent proposes to do. Its digest is that of exactly these three members, so it must have a canonical form. */
export const Action = z
  .strictObject({
    kind: z.string().min(1),
    target: JsonObject,
    payload: JsonObject,
  })
  .refine(isCanonical, 'must not hold text with lone surrogates, or anything else that JSON text cannot say');
export type Action = z.infer<typeof Action>;
