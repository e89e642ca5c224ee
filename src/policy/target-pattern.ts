import type { Json, JsonObject } from '../contract/json.ts';
import { urlAsSent } from './url-as-sent.ts';

/**
 * Whether a target has every member that is named, and each as its pattern says. What is not named may be anything. A web
 * address that is not written as it is sent fits nothing: it leads elsewhere than it reads.
 */
export function matchesTarget(patterns: Readonly<Record<string, string>>, target: JsonObject): boolean {
  return Object.entries(patterns).every(([name, pattern]) => {
    const text = Object.hasOwn(target, name) ? textOf(target[name]) : undefined;
    return text !== undefined && urlAsSent(text) === text && matches(pattern, text);
  });
}

/**
 * Whether a pattern matches a whole text: `*` stands for any run of characters, also none, but for those that part an
 * address or a name (`/ ? # @ : \` and white space); `**` at the end for everything; the rest for itself. Takes time by
 * the length of the text times that of the pattern at most.
 */
export function matches(pattern: string, text: string): boolean {
  const open = pattern.endsWith('**');
  const [first = '', ...rest] = (open ? pattern.slice(0, -2) : pattern).split('*');
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const [index, piece] of rest.entries()) {
    // The last piece ends the text. Of any other the first place is the best one: what a later place would skip stays
    // within reach of the next star, unless it holds what no star crosses, and then the later place is out of reach too.
    const ends = !open && index === rest.length - 1;
    const found = ends ? text.length - piece.length : text.indexOf(piece, at);
    if (found < at || !text.startsWith(piece, found) || PARTS.test(text.slice(at, found))) return false;
    at = found + piece.length;
  }
  return open || at === text.length;
}

const PARTS = /[/?#@:\\\s]/;

/** Text as it is, numbers and booleans as JSON writes them; nothing else has a text. */
function textOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? JSON.stringify(value) : undefined;
}
