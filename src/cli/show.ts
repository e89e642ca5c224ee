import type { Command } from 'commander';
import type { RunView } from '../client.ts';
import { answer, table } from './output.ts';
import { pairs, plain } from '../policy/plain-text.ts';
import { withSession } from './session.ts';
import { localTime, since } from './times.ts';

export function addShowCommand(program: Command): void {
  program
    .command('show')
    .description('show how a run stands')
    .argument('<run>', 'id of the run, from: mandate runs')
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  mandate show 5062745219882361')
    .action(async (runId: string, { json = false }: { json?: boolean }) => {
      const run = await withSession((mandate) => mandate.show(runId));
      answer(json, run, () => runText(run));
    });
}

function runText(run: RunView): string {
  const { runId, pipeline, status, phase, startedAt, endedAt, error: why, stages, effects, waitingForRequests } = run;
  const summary = pairs([
    ['run', plain(runId)],
    ['pipeline', plain(pipeline)],
    ['status', phase === undefined ? status : `${status} (${phase})`],
    ['started', `${localTime(startedAt)} (${since(startedAt)} ago)`],
    ['ended', endedAt === undefined ? undefined : localTime(endedAt)],
    ['error', why === undefined ? undefined : plain(why)],
    ...waitingForRequests.map((id) => ['waits for', `mandate approve ${plain(id)}`] as const),
    ...effects.map((effect) => ['effect', `${plain(effect.kind)} ${effect.status}, draft ${effect.draftId}`] as const),
  ]);
  const rows = stages.map(({ name, kind, status: stageStatus, error = '' }) => [name, kind, stageStatus, error]);
  return `${summary}\n\n${table(['stage', 'kind', 'status', 'error'], rows, 'no stages')}`;
}
