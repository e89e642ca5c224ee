import { Founder } from '../contract/attestation.ts';
import { usageError } from './errors.ts';
import { whoAmI } from './who-am-i.ts';

/** Who attests, by `--as` or the operating system; a name that the list of keys can hold. */
export function founderName(as: string | undefined): string {
  const founder = whoAmI(as);
  if (Founder.safeParse(founder).success) return founder;
  throw usageError('--as takes one line without colons and commas.', { field: 'as', given: founder });
}
