import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';

/**
 * Lines from standard input: typed at a terminal, or piped in. A piped line waits until it is asked for; one typed
 * when nothing is asked is thrown away, since nobody can have meant it for what was not there to be seen.
 */
export class TypedLines {
  private readonly waiting: string[] = [];
  private readonly reader: Interface;
  private readonly typed = process.stdin.isTTY;
  private readonly onStray: (line: string) => void;
  private asking = false;

  constructor(onStray: (line: string) => void) {
    this.onStray = onStray;
    this.reader = createInterface({
      input: process.stdin,
      ...(this.typed ? { output: process.stderr, terminal: true, prompt: '> ' } : { terminal: false }),
    });
    this.reader.on('line', (line) => {
      if (this.typed && !this.asking) this.onStray(line);
      else this.waiting.push(line);
    });
    // In a terminal's line editing, Ctrl-C is a key and no signal.
    this.reader.on('SIGINT', () => process.emit('SIGINT', 'SIGINT'));
  }

  /** Whether a person sits there. */
  get isTerminal(): boolean {
    return this.typed;
  }

  /** Asks for a line; `take` has it when it is there. Safe to repeat. */
  ask(): void {
    if (this.asking) return;
    this.asking = true;
    if (this.typed) this.reader.prompt();
  }

  /** Writes the prompt again, after something else was written in its place. */
  redraw(): void {
    if (this.asking && this.typed) this.reader.prompt(true);
  }

  /** The next line, when there is one. */
  take(): string | undefined {
    return this.waiting.shift();
  }

  /** Nothing is asked any more. */
  rest(): void {
    this.asking = false;
  }

  close(): void {
    this.reader.close();
    process.stdin.destroy();
  }
}
