/** Whether to leave, by Ctrl-C or a polite signal. A question comes first where leaving would stop the run. */
export class Leaving {
  private readonly controller = new AbortController();
  private readonly question: () => string | undefined;
  private readonly say: (line: string) => void;
  private asked = false;

  /** `question` gives what to ask before leaving, or undefined to leave at once. */
  constructor(question: () => string | undefined, say: (line: string) => void) {
    this.question = question;
    this.say = say;
    process.on('SIGINT', this.interrupt);
    process.on('SIGTERM', this.terminate);
  }

  /** Aborts when it is time to leave; its reason is the exit code. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Takes the answer to the question, when it was asked. */
  readonly takes = (line: string): boolean => {
    if (!this.asked) return false;
    this.asked = false;
    if (/^\s*y(es)?\s*$/i.test(line)) this.controller.abort(EXIT_INTERRUPTED);
    else this.say('Going on.');
    return true;
  };

  private readonly interrupt = (): void => {
    if (this.signal.aborted) return this.say('Letting what has begun settle ...');
    const question = this.asked ? undefined : this.question();
    if (question === undefined) return this.controller.abort(EXIT_INTERRUPTED);
    this.asked = true;
    this.say(question);
  };

  private readonly terminate = (): void => this.controller.abort(EXIT_TERMINATED);
}

// As shells count a program that a signal has ended.
const EXIT_INTERRUPTED = 130;
const EXIT_TERMINATED = 143;
