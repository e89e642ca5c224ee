import type { RunView } from '../client.ts';
import { errorColors as colors } from './output.ts';
import type { RunChange } from './run-changes.ts';
import { plain } from '../policy/plain-text.ts';
import { deadlineText, since } from './times.ts';

/** A change in one line, with the age of the run in front. */
export function changeText(change: RunChange, run: RunView): string {
  return `${colors.dim(since(run.startedAt).padStart(8))}  ${whatHappened(change)}`;
}

/** What a run is busy with, in one line. */
export function statusText(run: RunView): string {
  const stage = run.stages.find(({ status }) => status === 'running');
  if (run.status === 'paused') return `paused (${since(run.startedAt)})`;
  if (stage === undefined) return `${plain(run.pipeline)} (${since(run.startedAt)})`;
  const phase = run.phase === undefined ? '' : ` ${run.phase}`;
  return `${plain(stage.name)}${phase} (${since(stage.startedAt ?? run.startedAt)})`;
}

function whatHappened(change: RunChange): string {
  switch (change.type) {
    case 'status':
      return change.status === 'paused' ? colors.yellow('paused') : 'goes on';
    case 'phase':
      return `${plain(change.stage)}: ${change.phase}`;
    case 'effect':
      return `effect ${plain(change.kind)}: ${effectText(change)}`;
    case 'stage':
      return stageText(change);
  }
}

function effectText({ status, error, deferred }: Extract<RunChange, { type: 'effect' }>): string {
  const why = error === undefined ? '' : ` (${plain(error)})`;
  if (deferred !== undefined) {
    const until = deferred.result === 'frozen' ? '' : ` until ${deadlineText(deferred.until)}`;
    return colors.yellow(`approved, waits${until}: ${plain(deferred.reason)}`);
  }
  switch (status) {
    case 'pending':
      return 'waits for approval';
    case 'needs_reconciliation':
      return colors.yellow(`outcome unknown${why}; settle it with: mandate inbox --unknown`);
    default:
      return `${status}${why}`;
  }
}

function stageText({ name, kind, status, agentId, error }: Extract<RunChange, { type: 'stage' }>): string {
  const who = agentId === undefined ? kind : `${kind} ${plain(agentId)}`;
  const stage = `${colors.bold(plain(name))} (${who})`;
  switch (status) {
    case 'running':
      return `${colors.cyan('>')} ${stage} begins`;
    case 'completed':
      return `${colors.green('✓')} ${stage} completed`;
    case 'failed':
      return `${colors.red('✗')} ${stage} failed: ${plain(error ?? 'no reason given')}`;
    case 'skipped':
    case 'pending':
      return `- ${stage} ${status}`;
  }
}
