import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { answer, table } from './output.ts';
import { withSession } from './session.ts';
import { lengthOf, localTime } from './times.ts';

export function addRunsCommand(program: Command): void {
  program
    .command('runs')
    .description('list runs, newest first')
    .option('--limit <count>', 'how many at most', readCount, 20)
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  mandate runs --limit 50')
    .action(async ({ limit, json = false }: { limit: number; json?: boolean }) => {
      const runs = await withSession((mandate) => mandate.runs({ limit }));
      const rows = runs.map(({ runId, pipeline, status, phase = '', startedAt, endedAt }) => [
        runId,
        pipeline,
        status,
        phase,
        localTime(startedAt),
        lengthOf((endedAt === undefined ? Date.now() : Date.parse(endedAt)) - Date.parse(startedAt)),
      ]);
      answer(json, runs, () =>
        table(
          ['run', 'pipeline', 'status', 'phase', 'started', 'for'],
          rows,
          'No runs yet; start one with: mandate run PIPELINE',
        ),
      );
    });
}

function readCount(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('Must be a whole number from 1 to 9999.');
  return Number(text);
}
