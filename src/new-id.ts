import { randomBytes } from 'node:crypto';

/** An id of 144 random bits, which cannot be guessed; fit for a command line, where a hyphen would begin an option. */
export function newId(): string {
  for (;;) {
    const id = randomBytes(18).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}
