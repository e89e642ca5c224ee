/** What was done, and how often. */
export interface Tally {
  count(what: string): void;
  readonly counts: ReadonlyMap<string, number>;
}

export function createTally(): Tally {
  const counts = new Map<string, number>();
  return {
    counts,
    count(what) {
      counts.set(what, (counts.get(what) ?? 0) + 1);
    },
  };
}
