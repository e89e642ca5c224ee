/**
 * Others' text as it may stand on a screen: whatever could move the cursor, hide or reorder text is written as JSON
 * writes it. A JSON text stays the same JSON.
 */
export function plain(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped);
}

/** A value as JSON, indented for people where `indent` says so. */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).split('\n').map(plain).join('\n');
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
