export interface EventLimits {
  /** Events in one turn. */
  readonly maxEvents: number;
  /** Bytes on standard output in one turn. */
  readonly maxBytes: number;
  /** Lines that are no events, in one turn. */
  readonly maxRefusedLines: number;
  /** Events a second, over any longer time. */
  readonly maxEventsPerSecond: number;
  /** Events that may come at once, above which the rate is held to. */
  readonly maxEventsAtOnce: number;
}

/** How much an agent has said in its turn. */
export interface TurnCounts {
  readonly events: number;
  readonly refusedLines: number;
  readonly bytes: number;
}

/** Counts what an agent says. Each `add` returns what is too much, in words, or undefined. */
export interface EventBudget {
  addBytes(bytes: number): string | undefined;
  addEvent(nowMs: number): string | undefined;
  addRefusedLine(): string | undefined;
  counts(): TurnCounts;
}

export function createEventBudget(limits: EventLimits, startedMs: number): EventBudget {
  let bytes = 0;
  let events = 0;
  let refusedLines = 0;
  let allowance = limits.maxEventsAtOnce;
  let countedMs = startedMs;

  return {
    addBytes(count) {
      bytes += count;
      return bytes > limits.maxBytes ? `more than ${limits.maxBytes} bytes in one turn` : undefined;
    },
    addEvent(nowMs) {
      events += 1;
      const earned = ((nowMs - countedMs) / 1_000) * limits.maxEventsPerSecond;
      allowance = Math.min(limits.maxEventsAtOnce, allowance + earned) - 1;
      countedMs = nowMs;
      if (events > limits.maxEvents) return `more than ${limits.maxEvents} events in one turn`;
      return allowance < 0 ? `more than ${limits.maxEventsPerSecond} events a second` : undefined;
    },
    addRefusedLine() {
      refusedLines += 1;
      return refusedLines > limits.maxRefusedLines
        ? `more than ${limits.maxRefusedLines} lines that are no events`
        : undefined;
    },
    counts: () => ({ events, refusedLines, bytes }),
  };
}
