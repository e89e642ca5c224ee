import { randomBytes } from 'node:crypto';

/** An id for a run that nobody has used; it may be known to all, it opens nothing. */
export function newRunId(): string {
  return randomBytes(8).toString('hex');
}
