/** Does one thing after the other, in the order in which they were asked for, whatever each waits for. */
export class InOrder {
  private readonly waiting: (() => void | Promise<void>)[] = [];
  private started = false;
  private busy = false;

  /** From now on; what was asked for before has waited. */
  start(): void {
    this.started = true;
    this.goOn();
  }

  do<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // A queue and no chain of promises: Temporal keeps a stack trace for each promise, and a flood would make it long.
      this.waiting.push(() => settle(work, resolve, reject));
      this.goOn();
    });
  }

  isIdle(): boolean {
    return !this.busy && this.waiting.length === 0;
  }

  private goOn(): void {
    if (this.started && !this.busy) void this.workOff();
  }

  private async workOff(): Promise<void> {
    this.busy = true;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      const underWay = next();
      // What is done at once lets the next begin at once.
      if (underWay !== undefined) await underWay;
    }
    this.busy = false;
  }
}

/** What fails is for who asked for it; the rest goes on. */
function settle<T>(
  work: () => T | Promise<T>,
  resolve: (value: T) => void,
  reject: (reason: unknown) => void,
): void | Promise<void> {
  try {
    const made = work();
    if (!(made instanceof Promise)) return resolve(made);
    return made.then(resolve, reject);
  } catch (error) {
    reject(error);
  }
}
