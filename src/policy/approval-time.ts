import type { OnTimeout } from '../contract/approval.ts';
import { isEnded, mergeApprovers } from './approval-state.ts';
import type { ApprovalState } from './approval-state.ts';

/** The state once time has come to `nowMs`: all levels and deadlines up to then have done their work, in their order. */
export function passTime(state: ApprovalState, nowMs: number): ApprovalState {
  let next = state;
  for (let wakeMs = nextWakeMs(next); wakeMs !== undefined && wakeMs <= nowMs; wakeMs = nextWakeMs(next)) {
    next = wakeMs < next.deadlineMs ? reachLevel(next, wakeMs) : reachDeadline(next);
  }
  return isEnded(next) ? next : { ...next, clockMs: Math.max(next.clockMs, nowMs) };
}

/** When time alone will next change something: a level, or the deadline. Nothing once ended or suspended. */
export function nextWakeMs(state: ApprovalState): number | undefined {
  if (state.status !== 'pending') return undefined;
  const level = state.terms.escalation[state.level];
  if (level === undefined) return state.deadlineMs;
  return Math.min(state.deadlineMs, state.levelReachedAtMs + level.afterSeconds * 1000);
}

/** What the deadline in force brings: where everybody has been asked, escalating has come to its end. */
export function dueAtDeadline({ terms, level }: Pick<ApprovalState, 'terms' | 'level'>): OnTimeout {
  const { onTimeout, escalation } = terms;
  return onTimeout === 'escalate' && level === escalation.length ? 'reject' : onTimeout;
}

function reachLevel(state: ApprovalState, atMs: number): ApprovalState {
  const level = state.terms.escalation[state.level];
  return {
    ...state,
    level: state.level + 1,
    levelReachedAtMs: atMs,
    approvers: mergeApprovers(state.approvers, level?.to ?? []),
    ...(level?.restartsClock === true && { deadlineMs: atMs + state.terms.timeoutSeconds * 1000 }),
  };
}

function reachDeadline(state: ApprovalState): ApprovalState {
  const { deadlineMs } = state;
  const due = dueAtDeadline(state);
  if (due === 'suspend') return { ...state, status: 'suspended' };
  if (due !== 'escalate') return expire(state, due);
  return { ...reachLevel(state, deadlineMs), deadlineMs: deadlineMs + state.terms.timeoutSeconds * 1000 };
}

function expire(state: ApprovalState, applied: 'reject' | 'approve' | 'cancelRun'): ApprovalState {
  return { ...state, status: 'expired', default: applied, clockMs: state.deadlineMs, endedAtMs: state.deadlineMs };
}
