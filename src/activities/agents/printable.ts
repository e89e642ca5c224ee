/**
 * Text of an agent as it may be shown and recorded: control characters, marks that reorder text and lone surrogates
 * become \u{hex}, and what is longer than `maxCharacters` is cut.
 */
export function printable(text: string, maxCharacters: number): string {
  // Each character grows when it is escaped, never shrinks: the rest cannot be needed.
  const escaped = text.slice(0, maxCharacters + 1).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escape);
  return escaped.length > maxCharacters ? `${escaped.slice(0, maxCharacters - 3)}...` : escaped;
}

function escape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
