import { z } from 'zod';
import { isNetwork } from './addresses.ts';

/** The setting that lists private networks, `10.1.0.0/16,fd00:1::/32`: names may lead into these. */
export const PrivateAddresses = z
  .string()
  .transform((list) =>
    list
      .split(',')
      .map((network) => network.trim())
      .filter((network) => network !== ''),
  )
  .pipe(z.array(z.string().refine(isNetwork, 'must be networks like 10.1.0.0/16 or fd00::/8, separated by commas')));
