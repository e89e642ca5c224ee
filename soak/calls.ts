import type { Connection } from '@temporalio/client';

/** Calls at a server that may be away: each ends in time, and one that fails is counted and answered with nothing. */
export interface Calls {
  /** How often each call failed. */
  readonly failed: ReadonlyMap<string, number>;
  attempt<T>(what: string, call: () => Promise<T>): Promise<T | undefined>;
}

const DEADLINE_MS = 5_000;

export function createCalls(connection: Connection): Calls {
  const failed = new Map<string, number>();
  return {
    failed,
    async attempt(what, call) {
      try {
        return await connection.withDeadline(Date.now() + DEADLINE_MS, call);
      } catch {
        failed.set(what, (failed.get(what) ?? 0) + 1);
        return undefined;
      }
    },
  };
}
