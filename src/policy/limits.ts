import type { CallOutcome, LimitAlert, LimitAnswer, Limits } from '../contract/limits.ts';
import { closedBreaker, letThrough, passTime, refusesUntilMs, settleBreaker } from './breaker.ts';
import { type LimiterPause, type LimiterState, type ToolState, toolOf, withTool } from './limiter-state.ts';

const HOUR_MS = 3_600_000;

/** One limiter: what it remembers, and what holds. Without limits, only an operator's pause is left of it. */
export interface Limiter {
  readonly state: LimiterState;
  readonly limits: Limits | undefined;
}

export interface Call {
  readonly tool: string;
  /** A name for what may be granted, used once. */
  readonly lease: string;
  /** Until when the tool's provider wants to be left alone. */
  readonly heldUntilMs?: number | undefined;
}

interface Acquired<L extends Limiter> {
  readonly limiters: readonly L[];
  readonly answer: LimitAnswer;
  readonly alerts: readonly LimitAlert[];
}

/**
 * Asks every limiter of a call, layer by layer: the first layer in which one refuses gives the answer, with the longest
 * wait in it. A grant reserves in all of them, and a refusal in none; it only starts thermal's pause.
 */
export function acquire<L extends Limiter>(limiters: readonly L[], call: Call, nowMs: number): Acquired<L> {
  const { tool, lease, heldUntilMs } = call;
  const asked = limiters.map((limiter) => withTime(limiter, tool, nowMs));
  const refused = (answer: LimitAnswer): Acquired<L> => ({ limiters, answer, alerts: [] });

  if (asked.some(({ state }) => state.pause !== null || toolOf(state, tool).pause !== null)) {
    return refused({ kind: 'frozen' });
  }

  const debounced = latest(
    [heldUntilMs, ...asked.flatMap((limiter) => [cooledUntilMs(limiter, tool), cappedUntilMs(limiter)])],
    nowMs,
  );
  if (debounced !== undefined) return refused({ kind: 'debounced', retryInSeconds: secondsUntil(debounced, nowMs) });

  const circuit = latestBreaker(asked, tool, nowMs);
  if (circuit !== undefined) {
    const { consecutiveFailures, untilMs } = circuit;
    return refused({ kind: 'circuit_open', consecutiveFailures, retryInSeconds: secondsUntil(untilMs, nowMs) });
  }

  const tripping = asked.map(overheats);
  const heated = limiters.map((limiter, index) => (tripping[index] ? trip(limiter, nowMs) : limiter));
  const thermal = latest(
    heated.map(({ limits, state }) => limits?.thermal && state.thermalUntilMs),
    nowMs,
  );
  if (thermal !== undefined) {
    return {
      limiters: heated,
      answer: { kind: 'deferred_thermal', retryInSeconds: secondsUntil(thermal, nowMs) },
      alerts: tripping.includes(true) ? ['thermal_tripped'] : [],
    };
  }

  return {
    limiters: asked.map((limiter) => ({ ...limiter, state: reserve(limiter, tool, lease, nowMs) })),
    answer: { kind: 'granted' },
    alerts: [],
  };
}

/** What a lease has to remember until it is settled. */
export function epochOf(state: LimiterState, tool: string): number {
  return toolOf(state, tool).breaker.epoch;
}

export interface EndedCall {
  readonly tool: string;
  readonly lease: string;
  /** The tool's epoch after the grant. */
  readonly epoch: number;
  readonly outcome: CallOutcome;
}

/** Takes in how a granted call ended. The caller sees to it that a lease is settled once. */
export function settle(
  { state, limits }: Limiter,
  { tool, lease, epoch, outcome }: EndedCall,
  nowMs: number,
): { state: LimiterState; alerts: readonly LimitAlert[] } {
  if (!limits?.breaker) return { state, alerts: [] };
  const breaker = passTime(toolOf(state, tool).breaker, limits.breaker, nowMs);
  if (breaker.epoch !== epoch) return { state, alerts: [] };
  const settled = settleBreaker(breaker, limits.breaker, { lease, outcome }, nowMs);
  return { state: withTool(state, tool, { breaker: settled.breaker }), alerts: settled.alerts };
}

/** With a tool, its cooldown and breaker; without, everything but operators' pauses. */
export function reset(state: LimiterState, tool?: string): LimiterState {
  if (tool !== undefined) {
    return withTool(state, tool, { grantedAtMs: null, breaker: closedBreaker(epochOf(state, tool) + 1) });
  }
  const epoch = Math.max(state.epoch, ...Object.values(state.tools).map(({ breaker }) => breaker.epoch)) + 1;
  const paused = Object.entries(state.tools).filter(([, { pause }]) => pause !== null);
  const tools = Object.fromEntries(
    paused.map(([name, { pause }]) => [name, { pause, grantedAtMs: null, breaker: closedBreaker(epoch) }]),
  );
  return { ...state, hourMs: [], effectsMs: [], thermalUntilMs: null, epoch, tools };
}

/** Stops the calls of a tool, or all. What is paused already stays as it is. */
export function pause(state: LimiterState, why: LimiterPause, tool?: string): LimiterState {
  if (tool === undefined) return state.pause === null ? { ...state, pause: why } : state;
  return toolOf(state, tool).pause === null ? withTool(state, tool, { pause: why }) : state;
}

/** Lifts the pause of a tool, or the general one, which leaves the tools' own. What is not paused stays as it is. */
export function resume(state: LimiterState, tool?: string): LimiterState {
  if (tool === undefined) return state.pause === null ? state : { ...state, pause: null };
  return toolOf(state, tool).pause === null ? state : withTool(state, tool, { pause: null });
}

/**
 * The state with what time alone has changed of the layers that all tools share. While thermal is off it has no window,
 * so that nothing can be known to have left it.
 */
export function atTime({ state, limits }: Limiter, nowMs: number): LimiterState {
  const windowMs = limits?.thermal ? limits.thermal.windowSeconds * 1_000 : Infinity;
  return {
    ...state,
    hourMs: state.hourMs.filter((atMs) => nowMs - atMs < HOUR_MS),
    effectsMs: state.effectsMs.filter((atMs) => nowMs - atMs < windowMs),
    thermalUntilMs: state.thermalUntilMs !== null && state.thermalUntilMs > nowMs ? state.thermalUntilMs : null,
  };
}

export function cooldownSeconds(limits: Limits | undefined, tool: string): number {
  if (!limits?.cooldown) return 0;
  const { byTool, seconds: general } = limits.cooldown;
  return (Object.hasOwn(byTool, tool) ? byTool[tool] : undefined) ?? general;
}

/** When the cooldown of a tool is over, if it was ever called. */
export function cooledUntilMs({ state, limits }: Limiter, tool: string): number | undefined {
  const { grantedAtMs } = toolOf(state, tool);
  return grantedAtMs === null ? undefined : grantedAtMs + cooldownSeconds(limits, tool) * 1_000;
}

/** When so many calls have left the hour that one fits in. */
export function cappedUntilMs({ state, limits }: Limiter): number | undefined {
  if (!limits?.hourlyCap) return undefined;
  const last = state.hourMs.at(-limits.hourlyCap);
  return last === undefined ? undefined : last + HOUR_MS;
}

/** Rounded up, so that who waits so long does not come too early. */
export function secondsUntil(atMs: number, nowMs: number): number {
  return Math.ceil((atMs - nowMs) / 1_000);
}

function withTime<L extends Limiter>(limiter: L, tool: string, nowMs: number): L {
  const state = atTime(limiter, nowMs);
  if (!limiter.limits?.breaker) return { ...limiter, state };
  const { breaker: before } = toolOf(state, tool);
  const breaker = passTime(before, limiter.limits.breaker, nowMs);
  return { ...limiter, state: breaker === before ? state : withTool(state, tool, { breaker }) };
}

/** The breaker that refuses the longest. */
function latestBreaker(
  limiters: readonly Limiter[],
  tool: string,
  nowMs: number,
): { untilMs: number; consecutiveFailures: number } | undefined {
  return limiters
    .flatMap(({ state, limits }) => {
      if (!limits?.breaker) return [];
      const { breaker } = toolOf(state, tool);
      const untilMs = refusesUntilMs(breaker, nowMs);
      return untilMs === undefined ? [] : [{ untilMs, consecutiveFailures: breaker.consecutive }];
    })
    .sort((a, b) => b.untilMs - a.untilMs)[0];
}

function overheats({ state, limits }: Limiter): boolean {
  return !!limits?.thermal && state.thermalUntilMs === null && state.effectsMs.length >= limits.thermal.max;
}

/** The history that tripped it is of no use any more: nothing joins it before the pause ends, and then it is cleared. */
function trip<L extends Limiter>(limiter: L, nowMs: number): L {
  const thermalUntilMs = nowMs + (limiter.limits?.thermal?.pauseSeconds ?? 0) * 1_000;
  return { ...limiter, state: { ...limiter.state, effectsMs: [], thermalUntilMs } };
}

function reserve({ state, limits }: Limiter, tool: string, lease: string, nowMs: number): LimiterState {
  if (limits === undefined) return state;
  const { breaker } = toolOf(state, tool);
  const change: Partial<ToolState> = {
    ...(cooldownSeconds(limits, tool) > 0 && { grantedAtMs: nowMs }),
    ...(limits.breaker && { breaker: letThrough(breaker, limits.breaker, lease, nowMs) }),
  };
  return {
    ...withTool(state, tool, change),
    ...(limits.hourlyCap !== null && { hourMs: inOrder(state.hourMs, nowMs) }),
    ...(limits.thermal !== null && { effectsMs: inOrder(state.effectsMs, nowMs) }),
  };
}

/** Clocks of several machines may differ a little. */
function inOrder(timesMs: readonly number[], nowMs: number): number[] {
  return [...timesMs, nowMs].sort((a, b) => a - b);
}

function latest(times: readonly (number | null | undefined)[], nowMs: number): number | undefined {
  const left = times.filter((atMs) => typeof atMs === 'number' && atMs > nowMs) as number[];
  return left.length === 0 ? undefined : Math.max(...left);
}
