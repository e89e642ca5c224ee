/**
 * Others' text as it may stand on a screen or in a message: whatever could move the cursor, hide or reorder text, or
 * begin another line, is written as JSON writes it. A JSON text stays the same JSON.
 */
export function plain(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped);
}

/** A value as JSON, indented for people where `indent` says so. */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).split('\n').map(plain).join('\n');
}

/** Names and values under each other; what is undefined is left out. */
export function pairs(rows: readonly (readonly [string, string | undefined])[]): string {
  const there = rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const width = Math.max(...there.map(([name]) => name.length));
  return there
    .map(([name, value]) => `${name.padEnd(width)}  ${value.replaceAll('\n', `\n${' '.repeat(width + 2)}`)}`)
    .join('\n');
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
