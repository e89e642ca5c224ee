import os from 'node:os';
import { givenText } from '../given-text.ts';
import { usageError } from './errors.ts';

/** Who acts, by `--as` or the operating system. */
export function whoAmI(as: string | undefined): string {
  if (as !== undefined) {
    if (as.trim() === '' || as.length > 200)
      throw usageError(`--as takes a name of 1 to 200 characters; given ${givenText(as)}.`, { field: 'as', given: as });
    return as.trim();
  }
  try {
    return os.userInfo().username;
  } catch (cause) {
    throw usageError('The operating system does not say who you are; say it with --as.', { field: 'as', cause });
  }
}
