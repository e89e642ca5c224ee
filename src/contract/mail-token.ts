/** What a one-time code begins with, so that it is found wherever in a reply it stands. */
const PREFIX = 'mdt_';

const TOKEN = /mdt_[A-Za-z0-9_-]{32}(?![A-Za-z0-9_-])/g;

/** Whoever quotes many codes answers none of ours. */
const MAX_FOUND = 50;

/** The code of 24 bytes in base64url. */
export function mailToken(encoded: string): string {
  return `${PREFIX}${encoded}`;
}

/** The different codes in a text, in its order, at most 50. */
export function tokensIn(text: string): string[] {
  const found = new Set<string>();
  for (const [token] of text.matchAll(TOKEN)) {
    found.add(token);
    if (found.size === MAX_FOUND) break;
  }
  return [...found];
}
