/** Does one thing after the other, in the order in which they were asked for, whatever each waits for. */
export class InOrder {
  private last: Promise<unknown>;
  private waiting = 0;

  /** Nothing is done before `start`; what is asked for until then waits. */
  constructor(start: PromiseLike<unknown>) {
    this.last = Promise.resolve(start);
  }

  do<T>(work: () => T | Promise<T>): Promise<T> {
    this.waiting += 1;
    const done = this.last.then(work);
    const settled = (): void => {
      this.waiting -= 1;
    };
    // What failed is for who asked for it; the rest goes on.
    this.last = done.then(settled, settled);
    return done;
  }

  isIdle(): boolean {
    return this.waiting === 0;
  }
}
