import { randomBytes } from 'node:crypto';

/** An id for a request: 144 random bits, since one that cannot be guessed is what a stranger would need to answer it. */
export function newRequestId(): string {
  for (;;) {
    const id = randomBytes(18).toString('base64url');
    // On a command line it would be taken for an option.
    if (!id.startsWith('-')) return id;
  }
}
