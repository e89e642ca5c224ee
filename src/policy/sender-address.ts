import { headerTokens } from './header-tokens.ts';

// Only these spoil a display name that is not quoted; letters of any script may stand in one.
const NO_NAME = /[@,;:<>[\]\\)]/;
// Beside what is told apart before: nothing that could be a second address, or hide one.
const ADDRESS = /^[^\s@,;:<>()[\]\\"\p{C}]+@[^\s@,;:<>()[\]\\"\p{C}]+$/u;

/** The one address of a From header, raw; undefined when it holds none, several, or anything that is unclear. */
export function senderAddress(from: string): string | undefined {
  const tokens = headerTokens(from, ',;', true);
  const last = tokens.at(-1);
  const before = tokens.slice(0, -1);
  if (last === undefined) return undefined;
  if (last.kind === 'word') return before.length === 0 ? addressIn(last.text) : undefined;
  if (last.kind !== 'angle') return undefined;
  const named = before.every(({ kind, text }) => kind === 'quoted' || (kind === 'word' && !NO_NAME.test(text)));
  return named ? addressIn(last.text.trim()) : undefined;
}

/** Letter case as ASCII has it: with all of Unicode, letters that only look alike would be the same. */
export function ignoringCase(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function addressIn(text: string): string | undefined {
  return ADDRESS.test(text) ? text : undefined;
}
