import { plain } from './policy/plain-text.ts';

const MOST = 60;

/** What somebody gave, as an error may repeat it: quoted, on one line, harmless on a screen, and no longer than needed. */
export function givenText(text: string): string {
  return plain(JSON.stringify(text.length > MOST ? `${text.slice(0, MOST)}...` : text));
}
