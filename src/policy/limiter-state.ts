import { type Breaker, closedBreaker } from './breaker.ts';

/** Why an operator stopped calls, and since when. */
export interface LimiterPause {
  readonly by: string;
  readonly reason: string;
  readonly since: string;
}

/**
 * What one limiter has to remember: as JSON in the store, and no more than its rules still need. Tools may be called
 * anything, also like a property that every object has.
 */
export interface LimiterState {
  readonly pause: LimiterPause | null;
  /** Grants of the last hour, oldest first. */
  readonly hourMs: readonly number[];
  /** Grants within thermal's window, oldest first; none while it pauses. */
  readonly effectsMs: readonly number[];
  readonly thermalUntilMs: number | null;
  /** The epoch of the tools without an entry. */
  readonly epoch: number;
  readonly tools: Readonly<Record<string, ToolState>>;
}

export interface ToolState {
  readonly pause: LimiterPause | null;
  readonly grantedAtMs: number | null;
  readonly breaker: Breaker;
}

export const NEW_LIMITER: LimiterState = {
  pause: null,
  hourMs: [],
  effectsMs: [],
  thermalUntilMs: null,
  epoch: 0,
  tools: {},
};

export function toolOf(state: LimiterState, tool: string): ToolState {
  const known = Object.hasOwn(state.tools, tool) ? state.tools[tool] : undefined;
  return known ?? { pause: null, grantedAtMs: null, breaker: closedBreaker(state.epoch) };
}

/** A tool about which there is nothing to remember has no entry. */
export function withTool(state: LimiterState, tool: string, change: Partial<ToolState>): LimiterState {
  const next = { ...toolOf(state, tool), ...change };
  const { [tool]: _before, ...others } = state.tools;
  return { ...state, tools: isNew(next, state.epoch) ? others : { ...others, [tool]: next } };
}

function isNew({ pause, grantedAtMs, breaker }: ToolState, epoch: number): boolean {
  const untouched = breaker.status === 'closed' && breaker.epoch === epoch && breaker.total === 0;
  return pause === null && grantedAtMs === null && untouched;
}
