/** A word as the shell would hand it on. `exact`: it is known now, and not only when the shell has expanded it. */
export interface Word {
  readonly text: string;
  readonly exact: boolean;
}

export interface ShellCommand {
  readonly words: readonly Word[];
  readonly redirects: readonly { readonly operator: string; readonly target: Word }[];
  /** A here-document or here-string. */
  readonly input: Word | undefined;
  /** What writes its standard input, in a pipeline. */
  readonly pipedFrom: ShellCommand | undefined;
}

export interface ShellScript {
  /** Every simple command, wherever it stands: in lists, pipelines, groups, conditions, functions, substitutions. */
  readonly commands: readonly ShellCommand[];
  readonly unreadable: readonly string[];
}

const MAX_LENGTH = 100_000;
const MAX_DEPTH = 20;

/** Reads a POSIX shell script, with what bash and zsh add in common use. Nothing is expanded. */
export function readShell(text: string, depth = 0): ShellScript {
  if (text.length > MAX_LENGTH) return { commands: [], unreadable: [`more than ${MAX_LENGTH} characters of script`] };
  if (depth > MAX_DEPTH) return { commands: [], unreadable: ['commands within commands, too deep to follow'] };
  const reader = new Reader(text, depth);
  reader.script();
  return { commands: reader.commands, unreadable: reader.unreadable };
}

// Words that only introduce or end a command, where a command may begin.
const INTRODUCERS = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', '!', '{', 'coproc']);
const ENDERS = new Set(['fi', 'done', 'esac', '}']);
const LIST_HEADS = new Set(['for', 'select', 'function']);

const OPERATOR = /&>>|&>|&&|\|\||;;&|;;|;&|\|&|<<<|<<-|<<|<>|<&|>>|>\||>&|[;|&()<>\n]/y;
const REDIRECTS = new Set(['<', '>', '>>', '>|', '>&', '&>', '&>>', '<>', '<&', '<<', '<<-', '<<<']);
const EXPANSION = /\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])/y;
const ANSI_ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', e: '\x1b' };

interface Building {
  words: Word[];
  redirects: { operator: string; target: Word }[];
  input: Word | undefined;
}

class Reader {
  readonly commands: ShellCommand[] = [];
  readonly unreadable: string[] = [];
  readonly #text: string;
  readonly #depth: number;
  /** A substitution within this text, which its parenthesis ends. */
  readonly #isWithin: boolean;
  #at = 0;
  #command: Building = empty();
  #pipedFrom: ShellCommand | undefined;
  /** How many parentheses are open, and how many were where each open `case` began: there `)` ends a pattern. */
  #open = 0;
  readonly #cases: number[] = [];
  #lastWasQuoted = false;
  readonly #pendingHereDocuments: {
    readonly command: Building;
    readonly end: string;
    readonly tabs: boolean;
    readonly expanded: boolean;
  }[] = [];

  constructor(text: string, depth: number, within = 0) {
    this.#text = text;
    this.#depth = depth;
    this.#at = within;
    this.#isWithin = within > 0;
  }

  /** Reads to the end, or to a parenthesis that was not opened here; returns the place behind it. */
  script(): number {
    for (;;) {
      this.#skipBlanks();
      if (this.#at >= this.#text.length) break;
      const operator = this.#operator();
      if (operator === ')' && this.#open === 0 && this.#cases.length === 0 && this.#isWithin) break;
      if (operator === undefined) this.#word();
      else if (REDIRECTS.has(operator)) this.#redirect(operator);
      else this.#separate(operator);
    }
    this.#endCommand(false);
    if (this.#pendingHereDocuments.length > 0) this.unreadable.push('a here-document that does not end');
    return this.#at;
  }

  #separate(operator: string): void {
    if (operator === '(' && this.#text[this.#at] === '(' && this.#command.words.length === 0) {
      // An arithmetic command has no words, and what it substitutes is found in its text.
      this.#nested(this.#balanced('(', ')'), false);
      return;
    }
    if (operator === ')' && this.#cases.at(-1) === this.#open) {
      // The word before it was a pattern.
      this.#command = empty();
      return;
    }
    if (operator === '(') this.#open += 1;
    if (operator === ')') this.#open = Math.max(0, this.#open - 1);
    // The words before a parenthesis are the name of a function.
    if (operator === '(' && this.#command.words.length > 0) this.#command = empty();
    this.#endCommand(operator === '|' || operator === '|&');
    if (operator === '\n') this.#hereDocuments();
  }

  #endCommand(piped: boolean): void {
    const { words, redirects, input } = this.#command;
    const pipedFrom = this.#pipedFrom;
    const building = this.#command;
    this.#command = empty();
    this.#pipedFrom = undefined;
    if (words.length === 0 && redirects.length === 0) return;
    // Its here-document may be still to come, so it is filled in there.
    const command = Object.assign(building, { words, redirects, input, pipedFrom });
    this.commands.push(command);
    if (piped) this.#pipedFrom = command;
  }

  #redirect(operator: string): void {
    // A number right before it names a stream.
    const last = this.#command.words.at(-1);
    if (
      last !== undefined &&
      /^\d+$|^\{\w+\}$/.test(last.text) &&
      /[\d}]/.test(this.#text[this.#at - operator.length - 1] ?? '')
    )
      this.#command.words.pop();
    this.#skipBlanks();
    const target = this.#readWord();
    if (target === undefined) {
      this.unreadable.push(`a redirection ${operator} without a target`);
      return;
    }
    if (operator === '<<' || operator === '<<-')
      this.#pendingHereDocuments.push({
        command: this.#command,
        end: target.text,
        tabs: operator === '<<-',
        expanded: !this.#lastWasQuoted,
      });
    else if (operator === '<<<') this.#command.input = target;
    else this.#command.redirects.push({ operator, target });
  }

  #hereDocuments(): void {
    for (const { command, end, tabs, expanded } of this.#pendingHereDocuments.splice(0)) {
      const lines: string[] = [];
      for (;;) {
        if (this.#at >= this.#text.length) {
          this.unreadable.push('a here-document that does not end');
          break;
        }
        const newline = this.#text.indexOf('\n', this.#at);
        const stop = newline < 0 ? this.#text.length : newline;
        const line = this.#text.slice(this.#at, stop);
        this.#at = stop + 1;
        if ((tabs ? line.replace(/^\t+/, '') : line) === end) break;
        lines.push(line);
      }
      const body = lines.join('\n');
      // What stands unquoted in it is expanded, commands too.
      const substitutes = expanded && /[$`]/.test(body);
      if (substitutes) this.#nested(body, true);
      command.input = { text: body, exact: !substitutes };
    }
  }

  #word(): void {
    const word = this.#readWord();
    if (word === undefined) {
      this.#at += 1;
      return;
    }
    if (this.#command.words.length === 0 && word.exact && this.#isKeyword(word.text)) return;
    this.#command.words.push(word);
    if (word.text === '[[' && this.#command.words.length === 1) this.#condition();
  }

  /** Keywords are passed over: what they introduce is what counts. */
  #isKeyword(text: string): boolean {
    if (text === 'case') {
      this.#cases.push(this.#open);
      this.#skipTo(/\bin\b/y);
      return true;
    }
    if (text === 'esac') this.#cases.pop();
    if (LIST_HEADS.has(text)) {
      this.#skipTo(text === 'function' ? /[{(\n]/y : /[;\n]|\bdo\b/y);
      return true;
    }
    return INTRODUCERS.has(text) || ENDERS.has(text);
  }

  /** Between double brackets stand comparisons, in which < > ( ) && || are no operators of the shell. */
  #condition(): void {
    while (this.#at < this.#text.length) {
      this.#skipBlanks();
      const word = this.#readWord();
      if (word?.text === ']]') return;
      if (word === undefined) this.#at += 1;
    }
  }

  /** Passes over words, reading what they substitute, until the pattern fits. */
  #skipTo(pattern: RegExp): void {
    while (this.#at < this.#text.length) {
      this.#skipBlanks();
      pattern.lastIndex = this.#at;
      const match = pattern.exec(this.#text)?.[0];
      if (match !== undefined) {
        if (/^[a-z]/.test(match)) this.#at += match.length;
        return;
      }
      if (this.#readWord() === undefined) this.#at += 1;
    }
  }

  /** One word; undefined where none begins. */
  #readWord(): Word | undefined {
    let text = '';
    let exact = true;
    let found = false;
    let quoted = false;
    let bare = '';
    const start = this.#at;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined || /[\s;|&()]/.test(char)) break;
      if ((char === '<' || char === '>') && this.#text[this.#at + 1] !== '(') break;
      found = true;
      if (char === '<' || char === '>') {
        this.#at += 1;
        this.#substitution();
        text += `${char}(...)`;
        exact = false;
      } else if (char === '\\') {
        const next = this.#text[this.#at + 1] ?? '';
        this.#at += 2;
        if (next !== '\n') text += next;
        quoted = true;
      } else if (char === "'") {
        text += this.#until("'");
        quoted = true;
      } else if (char === '$' && this.#text[this.#at + 1] === "'") {
        this.#at += 1;
        text += this.#ansiText();
        quoted = true;
      } else if (char === '"' || (char === '$' && this.#text[this.#at + 1] === '"')) {
        if (char === '$') this.#at += 1;
        const inner = this.#doubleQuoted();
        text += inner.text;
        exact &&= inner.exact;
        quoted = true;
      } else if (char === '$' || char === '`') {
        const inner = this.#expansion();
        text += inner.text;
        exact &&= inner.exact;
      } else {
        text += char;
        bare += char;
        this.#at += 1;
      }
    }
    if (!found) return undefined;
    this.#lastWasQuoted = quoted;
    if (!quoted && hasBraces(this.#text.slice(start, this.#at))) exact = false;
    // The shell puts the names of files in its place.
    if (/[*?]|\[[^\]]+\]/.test(bare)) exact = false;
    return { text, exact };
  }

  #doubleQuoted(): Word {
    this.#at += 1;
    let text = '';
    let exact = true;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) {
        this.unreadable.push('a double quote that does not end');
        return { text, exact: false };
      }
      if (char === '"') {
        this.#at += 1;
        return { text, exact };
      }
      if (char === '\\') {
        const next = this.#text[this.#at + 1] ?? '';
        this.#at += 2;
        if (next !== '\n') text += /["\\$`]/.test(next) ? next : `\\${next}`;
      } else if (char === '$' || char === '`') {
        const inner = this.#expansion();
        text += inner.text;
        exact &&= inner.exact;
      } else {
        text += char;
        this.#at += 1;
      }
    }
  }

  /** What begins with a dollar or a backtick; its text is kept as written. */
  #expansion(): Word {
    const start = this.#at;
    const [char, next] = [this.#text[start], this.#text[start + 1]];
    if (char === '`') {
      this.#nested(this.#until('`').replaceAll(/\\([`$\\])/g, '$1'), false);
    } else if (next === '(') {
      this.#at += 1;
      this.#substitution();
    } else if (next === '{') {
      this.#at += 1;
      this.#nested(this.#balanced('{', '}'), true);
    } else {
      EXPANSION.lastIndex = start;
      const name = EXPANSION.exec(this.#text)?.[0];
      if (name === undefined) {
        this.#at += 1;
        return { text: '$', exact: true };
      }
      this.#at += name.length;
    }
    return { text: this.#text.slice(start, this.#at), exact: false };
  }

  /** From its parenthesis on; where it ends is known only when it has been read. */
  #substitution(): void {
    const start = this.#at;
    if (this.#text[start + 1] === '(' || this.#depth >= MAX_DEPTH) {
      const inner = this.#balanced('(', ')');
      this.#nested(inner, inner.startsWith('(') && inner.endsWith(')'));
      return;
    }
    const reader = new Reader(this.#text, this.#depth + 1, start + 1);
    this.#at = reader.script();
    if (this.#text[this.#at - 1] !== ')') this.unreadable.push('a substitution that does not end');
    this.commands.push(...reader.commands);
    this.unreadable.push(...reader.unreadable);
  }

  /** Reads commands within: a script, or a text in which only substitutions are commands. */
  #nested(inner: string, substitutionsOnly: boolean): void {
    const quoted = substitutionsOnly ? `: "${inner.replaceAll('"', ' ')}"` : inner;
    const { commands, unreadable } = readShell(quoted, this.#depth + 1);
    this.commands.push(...commands.filter(({ words }) => !(substitutionsOnly && words[0]?.text === ':')));
    this.unreadable.push(...unreadable);
  }

  /** The text up to the closing bracket, quotes respected. */
  #balanced(open: string, close: string): string {
    const start = this.#at + 1;
    let depth = 0;
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at];
      if (char === '\\') this.#at += 1;
      else if (char === "'") this.#at = endOf(this.#text, this.#at, "'");
      else if (char === '"') this.#at = endOfDoubleQuotes(this.#text, this.#at);
      else if (char === open) depth += 1;
      else if (char === close && --depth === 0) {
        this.#at += 1;
        return this.#text.slice(start, this.#at - 1);
      }
    }
    this.unreadable.push(`a ${open} that does not end`);
    return this.#text.slice(start);
  }

  #until(quote: string): string {
    const start = this.#at + 1;
    const end = quote === '`' ? endOfBackticks(this.#text, start) : this.#text.indexOf(quote, start);
    if (end < 0) {
      this.unreadable.push(`a ${quote} that does not end`);
      this.#at = this.#text.length;
      return this.#text.slice(start);
    }
    this.#at = end + 1;
    return this.#text.slice(start, end);
  }

  #ansiText(): string {
    let text = '';
    for (this.#at += 1; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at] ?? '';
      if (char === "'") {
        this.#at += 1;
        return text;
      }
      if (char !== '\\') {
        text += char;
        continue;
      }
      const code = /^\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|([\s\S]))/.exec(
        this.#text.slice(this.#at, this.#at + 10),
      );
      const [whole = '', x, u, long, octal, other = ''] = code ?? [];
      const hex = x ?? u ?? long;
      const point = hex === undefined ? (octal === undefined ? undefined : parseInt(octal, 8)) : parseInt(hex, 16);
      text += point === undefined || point > 0x10ffff ? (ANSI_ESCAPES[other] ?? other) : String.fromCodePoint(point);
      this.#at += Math.max(whole.length - 1, 0);
    }
    this.unreadable.push("a ' that does not end");
    return text;
  }

  #operator(): string | undefined {
    OPERATOR.lastIndex = this.#at;
    const found = OPERATOR.exec(this.#text)?.[0];
    if (found === undefined) return undefined;
    // A substitution of a process is a word.
    if ((found === '<' || found === '>') && this.#text[this.#at + 1] === '(') return undefined;
    this.#at += found.length;
    return found;
  }

  #skipBlanks(): void {
    for (;;) {
      const char = this.#text[this.#at];
      if (char === ' ' || char === '\t' || char === '\r') this.#at += 1;
      else if (char === '\\' && this.#text[this.#at + 1] === '\n') this.#at += 2;
      else if (char === '#' && /[\s;|&()]|^$/.test(this.#text[this.#at - 1] ?? '')) {
        const newline = this.#text.indexOf('\n', this.#at);
        this.#at = newline < 0 ? this.#text.length : newline;
      } else return;
    }
  }
}

function empty(): Building {
  return { words: [], redirects: [], input: undefined };
}

/** Whether the shell may make several words of one: `{a,b}`, `{1..3}`. */
function hasBraces(word: string): boolean {
  const inner = word.slice(word.indexOf('{') + 1, Math.max(word.lastIndexOf('}'), 0));
  return word.includes('{') && (inner.includes(',') || inner.includes('..'));
}

function endOf(text: string, at: number, quote: string): number {
  const end = text.indexOf(quote, at + 1);
  return end < 0 ? text.length : end;
}

function endOfDoubleQuotes(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function endOfBackticks(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '`') return at;
  }
  return -1;
}
