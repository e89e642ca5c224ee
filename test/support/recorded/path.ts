import type { Mandate } from '../open-mandate.ts';
import type { Receiver } from '../receiver.ts';

/** What a path may use; `continuesAt` is the number of events after which the server asks for a new history. */
export interface Surroundings {
  readonly mandate: Mandate;
  readonly receiver: Receiver;
  readonly continuesAt: number;
}

/** Drives workflows along one path to an end, and returns those whose histories are to be kept. */
export type Path = (surroundings: Surroundings) => Promise<readonly Recorded[]>;

export interface Recorded {
  readonly workflowId: string;
  readonly runId?: string;
}
