/** A piece of a structured header. Comments and white space are not kept, but that there was some is. */
export interface HeaderToken {
  /** `mark` is one of the marks that were asked for; a `broken` one did not end, or may be read in more than one way. */
  readonly kind: 'word' | 'quoted' | 'angle' | 'mark' | 'broken';
  readonly text: string;
  /** Something stood between this and the piece before. */
  readonly apart: boolean;
}

const SPACE = /[ \t\r\n]/;

/**
 * Splits the raw value of a header, folded or not: comments, which nest, and quoted strings are read as such, and what
 * stands in `<...>` is one piece where `brackets` says so. `marks` are characters that stand alone. Takes time in
 * proportion to the length.
 */
export function headerTokens(value: string, marks: string, brackets: boolean): HeaderToken[] {
  const tokens: HeaderToken[] = [];
  let apart = true;
  let at = 0;
  const add = (kind: HeaderToken['kind'], text: string, end: number): void => {
    tokens.push({ kind, text, apart });
    apart = false;
    at = end;
  };
  while (at < value.length) {
    const character = value.charAt(at);
    if (SPACE.test(character)) {
      apart = true;
      at += 1;
    } else if (character === '(') {
      const end = endOfComment(value, at);
      if (end === undefined || isUnclear(value.slice(at, end))) add('broken', '', end ?? value.length);
      else at = end;
      apart = true;
    } else if (character === '"') {
      const { text, end } = quotedAt(value, at);
      add(text === undefined ? 'broken' : 'quoted', text ?? '', end);
    } else if (brackets && character === '<') {
      const end = value.indexOf('>', at);
      if (end < 0) add('broken', '', value.length);
      else add('angle', value.slice(at + 1, end), end + 1);
    } else if (marks.includes(character)) {
      add('mark', character, at + 1);
    } else {
      const end = endOfWord(value, at, marks, brackets);
      add('word', value.slice(at, end), end);
    }
  }
  return tokens;
}

function endOfComment(value: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < value.length; at += 1) {
    const character = value.charAt(at);
    if (character === '\\') at += 1;
    else if (character === '(') depth += 1;
    else if (character === ')' && --depth === 0) return at + 1;
  }
  return undefined;
}

/**
 * In a comment a double quote means nothing, but whoever writes what others gave it into one may have thought otherwise:
 * then it ends elsewhere than was meant. What is quoted whole, `("like this")`, ends where it should.
 */
function isUnclear(comment: string): boolean {
  return comment.includes('"') && !/^\("[^"()\\]*"\)$/.test(comment);
}

function quotedAt(value: string, start: number): { readonly text: string | undefined; readonly end: number } {
  const characters: string[] = [];
  for (let at = start + 1; at < value.length; at += 1) {
    const character = value.charAt(at);
    if (character === '"') return { text: characters.join(''), end: at + 1 };
    if (character === '\\') at += 1;
    characters.push(value.charAt(at));
  }
  return { text: undefined, end: value.length };
}

function endOfWord(value: string, start: number, marks: string, brackets: boolean): number {
  for (let at = start + 1; at < value.length; at += 1) {
    const character = value.charAt(at);
    if (SPACE.test(character) || character === '(' || character === '"' || marks.includes(character)) return at;
    if (brackets && character === '<') return at;
  }
  return value.length;
}
