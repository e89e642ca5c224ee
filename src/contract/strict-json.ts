import { isWellFormed, MAX_DEPTH } from './canonical.ts';

/** Thrown for text that is not strict JSON. `line` and `column` count from 1; a column is a UTF-16 code unit. */
export class InvalidJson extends Error {
  override readonly name = 'InvalidJson';
  readonly line: number;
  readonly column: number;

  constructor(fault: string, line: number, column: number) {
    super(`line ${line}, column ${column}: ${fault}`);
    this.line = line;
    this.column = column;
  }
}

/**
 * Parses JSON text as `JSON.parse` does, and refuses besides: two members of one object with the same name (after
 * escapes), lone surrogates, numbers too large for a double, and nesting beyond {@link MAX_DEPTH} levels.
 *
 * @throws InvalidJson naming line and column.
 */
export function parseStrictJson(text: string): unknown {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\n\r]*/y;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): unknown {
    this.#skipSpace();
    const next: string = this.#text[this.#at] ?? '';
    switch (next) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#list(depth);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail(`${this.#here()} after the end of the value; expected nothing more`);
  }

  #object(depth: number): unknown {
    const members: [string, unknown][] = [];
    const names = new Set<string>();
    this.#open(depth);
    if (this.#takes('}')) return {};
    do {
      this.#skipSpace();
      const start = this.#at;
      if (this.#text[start] !== '"') this.#fail(`${this.#here()} where a member name in double quotes was expected`);
      const name = this.#string();
      if (names.has(name)) this.#fail(`duplicate member name ${JSON.stringify(name)}; each name may occur once`, start);
      names.add(name);
      if (!this.#takes(':')) this.#fail(`${this.#here()} where ":" was expected`);
      members.push([name, this.value(depth + 1)]);
    } while (this.#takes(','));
    if (!this.#takes('}')) this.#fail(`${this.#here()} where "," or "}" was expected`);
    // fromEntries makes each member the object's own, one named __proto__ too.
    return Object.fromEntries(members);
  }

  #list(depth: number): unknown {
    const items: unknown[] = [];
    this.#open(depth);
    if (this.#takes(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.#takes(','));
    if (!this.#takes(']')) this.#fail(`${this.#here()} where "," or "]" was expected`);
    return items;
  }

  #string(): string {
    const start = this.#at++;
    for (let char = this.#text[this.#at]; char !== '"'; char = this.#text[this.#at]) {
      if (char === undefined) this.#fail('text that does not end; expected a closing double quote', start);
      if (char < ' ') this.#fail(`a raw control character in text; expected it escaped, as ${escaped(char)}`);
      if (char !== '\\') this.#at++;
      else if (this.#match(ESCAPE) === undefined) {
        this.#fail('an unknown escape; expected \\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four hex digits');
      }
    }
    this.#at++;
    const value = JSON.parse(this.#text.slice(start, this.#at)) as string;
    if (!isWellFormed(value)) this.#fail('a lone surrogate in text; surrogates must come in pairs', start);
    return value;
  }

  #number(): number {
    const start = this.#at;
    const digits = this.#match(NUMBER);
    if (digits === undefined) this.#fail(`${this.#here()} where a value was expected`);
    const value = Number(digits);
    if (!Number.isFinite(value)) this.#fail('a number too large for a double; the largest is about 1.8e308', start);
    return value;
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail(`${this.#here()} where a value was expected`);
    this.#at += word.length;
    return value;
  }

  #open(depth: number): void {
    if (depth >= MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH} levels`);
    this.#at++;
  }

  #takes(char: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    this.#match(SPACE);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #here(): string {
    const code = this.#text.codePointAt(this.#at);
    return code === undefined ? 'the text ends' : JSON.stringify(String.fromCodePoint(code));
  }

  #fail(fault: string, at = this.#at): never {
    const lines = this.#text.slice(0, at).split(/\r\n|\r|\n/);
    throw new InvalidJson(fault, lines.length, (lines.at(-1) ?? '').length + 1);
  }
}

function escaped(char: string): string {
  return JSON.stringify(char).slice(1, -1);
}
