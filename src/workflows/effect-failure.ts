import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import type { CarryOutResult } from '../contract/effect.ts';

/** What a failed effect activity tells. Whatever does not prove that nothing happened is unknown. */
export function readEffectFailure(error: unknown): CarryOutResult {
  if (!(error instanceof ActivityFailure)) throw error;
  const { cause } = error;
  if (cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START') {
    return { result: 'expired', error: 'No executor took the draft up before it expired; nothing was started.' };
  }
  if (cause instanceof ApplicationFailure && cause.type === 'NothingStarted') {
    return { result: 'nothing_started', error: cause.message };
  }
  if (cause instanceof TimeoutFailure) return { result: 'unknown', error: 'The executor did not report back in time.' };
  return { result: 'unknown', error: cause?.message ?? error.message };
}
