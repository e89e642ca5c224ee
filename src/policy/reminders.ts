import { mayDecide } from './approval-rule.ts';
import { votes } from './approval-state.ts';
import type { ApprovalState } from './approval-state.ts';

/**
 * When those are next reminded who have not decided: the first of the declared fractions of the time from the start of the
 * clock to the deadline that lies after `remindedAtMs`. A clock that starts anew brings its reminders anew; how many there
 * can be is bounded by the levels. Nothing once ended or suspended.
 */
export function nextReminderMs(
  state: ApprovalState,
  reminders: readonly number[],
  remindedAtMs: number,
): number | undefined {
  if (state.status !== 'pending') return undefined;
  const lengthMs = state.terms.timeoutSeconds * 1_000;
  const startMs = state.deadlineMs - lengthMs;
  const moments = reminders.map((fraction) => startMs + Math.floor(fraction * lengthMs));
  const open = moments.filter((moment) => moment > remindedAtMs && moment < state.deadlineMs);
  return open.length === 0 ? undefined : Math.min(...open);
}

/** Those who may decide and have not. */
export function undecided(state: ApprovalState): string[] {
  const voted = new Set(votes(state).map(({ by }) => by));
  return mayDecide(state)
    .map(({ id }) => id)
    .filter((id) => !voted.has(id));
}
