/**
 * Whether a pattern of a shell matches a whole name: `*` any text, `?` and `[...]` any character. Takes time by the
 * product of the lengths at most, whatever the pattern is.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const plain = pattern.replaceAll(/\[[^\]]*\]/g, '?');
  let [at, place, star, tried] = [0, 0, -1, 0];
  while (place < name.length) {
    if (at < plain.length && plain[at] === '*') {
      star = at;
      tried = place;
      at += 1;
    } else if (at < plain.length && (plain[at] === '?' || plain[at] === name[place])) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      // The last star takes one character more.
      tried += 1;
      at = star + 1;
      place = tried;
    } else return false;
  }
  while (plain[at] === '*') at += 1;
  return at === plain.length;
}
