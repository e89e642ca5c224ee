import type { DispatchOutcome, RunView } from '../client.ts';
import type { StageResult } from '../contract/run.ts';

/** What is new about a run, as one who follows it is told. */
export type RunChange =
  | ({ readonly type: 'stage' } & StageResult)
  | { readonly type: 'phase'; readonly stage: string; readonly phase: string }
  | { readonly type: 'status'; readonly status: RunView['status'] }
  | ({ readonly type: 'effect' } & DispatchOutcome);

/** What has changed between two looks at a run. */
export function changesBetween(before: RunView | undefined, now: RunView): RunChange[] {
  const changes: RunChange[] = [];
  const wasPaused = before?.status === 'paused';
  if (now.status !== before?.status && (wasPaused || now.status === 'paused')) {
    changes.push({ type: 'status', status: now.status });
  }
  now.stages.forEach((stage, index) => {
    const known = before?.stages[index]?.status ?? 'pending';
    if (stage.status !== known) changes.push({ type: 'stage', ...stage });
  });
  const atWork = now.stages.find((stage) => stage.status === 'running' && stage.kind === 'agent')?.name;
  const wasAtWork = before?.stages.find((stage) => stage.status === 'running' && stage.kind === 'agent')?.name;
  if (atWork !== undefined && now.phase !== undefined && (now.phase !== before?.phase || atWork !== wasAtWork)) {
    changes.push({ type: 'phase', stage: atWork, phase: now.phase });
  }
  for (const effect of now.effects) {
    const known = before?.effects.find(({ draftId }) => draftId === effect.draftId);
    if (effect.status !== known?.status || isNewWait(known, effect)) changes.push({ type: 'effect', ...effect });
  }
  return changes;
}

/** An operator's pause is looked at again and again; that is one wait. */
function isNewWait(before: DispatchOutcome | undefined, { deferred }: DispatchOutcome): boolean {
  if (deferred === undefined) return false;
  if (deferred.result !== before?.deferred?.result) return true;
  return deferred.result !== 'frozen' && deferred.until !== before.deferred.until;
}
