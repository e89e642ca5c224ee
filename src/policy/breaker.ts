import type { CallOutcome, LimitAlert, Limits } from '../contract/limits.ts';

type BreakerLimits = NonNullable<Limits['breaker']>;

/**
 * The circuit breaker of one tool. It fails towards staying open: a probe that nobody settles has failed. A result that
 * belongs to an older epoch says nothing about the present one.
 */
export type Breaker = ClosedBreaker | OpenBreaker;

interface ClosedBreaker {
  readonly status: 'closed';
  readonly epoch: number;
  readonly consecutive: number;
  readonly total: number;
}

/** Refuses until `retryAtMs`; from then on it is half-open. */
interface OpenBreaker {
  readonly status: 'open';
  readonly epoch: number;
  readonly consecutive: number;
  readonly retryAtMs: number;
  /** The call that was let through to find out, while it may still tell. */
  readonly probe: { readonly lease: string; readonly untilMs: number } | null;
}

export function closedBreaker(epoch: number): ClosedBreaker {
  return { status: 'closed', epoch, consecutive: 0, total: 0 };
}

/** The breaker once time has come to `nowMs`: a probe whose lease is over failed when it was over. */
export function passTime(breaker: Breaker, limits: BreakerLimits, nowMs: number): Breaker {
  if (breaker.status === 'closed' || breaker.probe === null || nowMs < breaker.probe.untilMs) return breaker;
  return open(breaker, limits, breaker.probe.untilMs);
}

/** Until when it refuses; undefined when it lets the next call through. */
export function refusesUntilMs(breaker: Breaker, nowMs: number): number | undefined {
  if (breaker.status === 'closed') return undefined;
  const untilMs = breaker.probe?.untilMs ?? breaker.retryAtMs;
  return untilMs > nowMs ? untilMs : undefined;
}

/** A call is let through: on a breaker that is half-open, it is the probe. */
export function letThrough(breaker: Breaker, limits: BreakerLimits, lease: string, nowMs: number): Breaker {
  if (breaker.status === 'closed') return breaker;
  return { ...breaker, probe: { lease, untilMs: nowMs + limits.probeLeaseSeconds * 1_000 } };
}

/** A call of the breaker's own epoch has ended. */
export function settleBreaker(
  breaker: Breaker,
  limits: BreakerLimits,
  { lease, outcome }: { readonly lease: string; readonly outcome: CallOutcome },
  nowMs: number,
): { breaker: Breaker; alerts: LimitAlert[] } {
  return breaker.status === 'closed'
    ? settleClosed(breaker, limits, outcome, nowMs)
    : settleOpen(breaker, limits, { lease, outcome }, nowMs);
}

function settleClosed(
  breaker: ClosedBreaker,
  limits: BreakerLimits,
  outcome: CallOutcome,
  nowMs: number,
): { breaker: Breaker; alerts: LimitAlert[] } {
  switch (outcome) {
    case 'waiting':
      return { breaker, alerts: [] };
    case 'success':
      return { breaker: { ...breaker, consecutive: 0 }, alerts: [] };
    case 'failure':
    case 'unknown': {
      const failed = { ...breaker, consecutive: breaker.consecutive + 1, total: breaker.total + 1 };
      const opens = failed.consecutive >= limits.threshold || failed.total >= (limits.totalThreshold ?? Infinity);
      return opens
        ? { breaker: open(breaker, limits, nowMs), alerts: ['breaker_opened'] }
        : { breaker: failed, alerts: [] };
    }
  }
}

function settleOpen(
  breaker: OpenBreaker,
  limits: BreakerLimits,
  { lease, outcome }: { readonly lease: string; readonly outcome: CallOutcome },
  nowMs: number,
): { breaker: Breaker; alerts: LimitAlert[] } {
  // Granted while the layer was switched off, so it was no probe.
  if (breaker.probe?.lease !== lease) return { breaker, alerts: [] };
  switch (outcome) {
    case 'waiting':
      return { breaker: { ...breaker, probe: null }, alerts: [] };
    case 'success':
      return { breaker: closedBreaker(breaker.epoch + 1), alerts: ['breaker_closed'] };
    case 'failure':
    case 'unknown':
      return { breaker: open(breaker, limits, nowMs), alerts: [] };
  }
}

/** Opens it, or opens it again, at one more failure. */
function open({ epoch, consecutive }: Breaker, limits: BreakerLimits, failedAtMs: number): OpenBreaker {
  return {
    status: 'open',
    epoch: epoch + 1,
    consecutive: consecutive + 1,
    retryAtMs: failedAtMs + limits.recoverySeconds * 1_000,
    probe: null,
  };
}
