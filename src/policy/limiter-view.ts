import { passTime, refusesUntilMs } from './breaker.ts';
import { type LimiterPause, toolOf } from './limiter-state.ts';
import { atTime, cappedUntilMs, cooldownSeconds, cooledUntilMs, type Limiter, secondsUntil } from './limits.ts';

/** One layer of a limiter as an operator sees it. */
export interface LayerView {
  readonly layer: 'pause' | 'hold' | 'cooldown' | 'hourly_cap' | 'breaker' | 'thermal';
  /** Null where it is about all tools. */
  readonly tool: string | null;
  /** Calls pass in `off`, `ready`, `closed` and `half_open`. */
  readonly state: 'off' | 'ready' | 'waiting' | 'paused' | 'closed' | 'open' | 'half_open' | 'probing';
  /** How long calls are still refused; null where nothing tells. */
  readonly retryInSeconds: number | null;
  /** How many calls count now, of how many. */
  readonly used?: number;
  readonly of?: number;
  readonly consecutiveFailures?: number;
  readonly by?: string;
  readonly since?: string;
  readonly reason?: string;
  /** Who is left alone, where several providers serve the tool. */
  readonly provider?: string | undefined;
}

/** Every layer, in the order in which calls meet them; those of single tools for `tools`. */
export function describeLimiter(limiter: Limiter, tools: readonly string[], nowMs: number): LayerView[] {
  return [
    ...pauses(limiter, tools),
    ...cooldowns(limiter, tools, nowMs),
    hourlyCap(limiter, nowMs),
    ...breakers(limiter, tools, nowMs),
    thermal(limiter, nowMs),
  ];
}

function pauses({ state }: Limiter, tools: readonly string[]): LayerView[] {
  const paused = (tool: string | null, pause: LimiterPause | null): LayerView[] =>
    pause === null ? [] : [{ layer: 'pause', tool, state: 'paused', retryInSeconds: null, ...pause }];
  return [...paused(null, state.pause), ...tools.flatMap((tool) => paused(tool, toolOf(state, tool).pause))];
}

function cooldowns(limiter: Limiter, tools: readonly string[], nowMs: number): LayerView[] {
  if (!limiter.limits?.cooldown) return [off('cooldown')];
  return tools
    .filter((tool) => cooldownSeconds(limiter.limits, tool) > 0)
    .map((tool) => ({ layer: 'cooldown', tool, ...waiting(cooledUntilMs(limiter, tool), nowMs) }));
}

function hourlyCap({ state, limits }: Limiter, nowMs: number): LayerView {
  if (!limits?.hourlyCap) return off('hourly_cap');
  const now = { limits, state: atTime({ state, limits }, nowMs) };
  const counts = { used: now.state.hourMs.length, of: limits.hourlyCap };
  return { layer: 'hourly_cap', tool: null, ...waiting(cappedUntilMs(now), nowMs), ...counts };
}

function breakers({ state, limits }: Limiter, tools: readonly string[], nowMs: number): LayerView[] {
  const settings = limits?.breaker;
  if (!settings) return [off('breaker')];
  return tools.map((tool) => {
    const breaker = passTime(toolOf(state, tool).breaker, settings, nowMs);
    const untilMs = refusesUntilMs(breaker, nowMs);
    const open = untilMs === undefined ? 'half_open' : breaker.status === 'open' && breaker.probe ? 'probing' : 'open';
    return {
      layer: 'breaker',
      tool,
      state: breaker.status === 'closed' ? 'closed' : open,
      retryInSeconds: untilMs === undefined ? 0 : secondsUntil(untilMs, nowMs),
      consecutiveFailures: breaker.consecutive,
    };
  });
}

function thermal({ state, limits }: Limiter, nowMs: number): LayerView {
  if (!limits?.thermal) return off('thermal');
  const now = atTime({ state, limits }, nowMs);
  const counts = { used: now.effectsMs.length, of: limits.thermal.max };
  return { layer: 'thermal', tool: null, ...waiting(now.thermalUntilMs, nowMs), ...counts };
}

function off(layer: LayerView['layer']): LayerView {
  return { layer, tool: null, state: 'off', retryInSeconds: 0 };
}

function waiting(untilMs: number | null | undefined, nowMs: number): Pick<LayerView, 'state' | 'retryInSeconds'> {
  if (typeof untilMs !== 'number' || untilMs <= nowMs) return { state: 'ready', retryInSeconds: 0 };
  return { state: 'waiting', retryInSeconds: secondsUntil(untilMs, nowMs) };
}
