import type { Command } from 'commander';
import { CommandError } from './errors.ts';
import { answer } from './output.ts';
import { plain } from '../policy/plain-text.ts';
import { withSession } from './session.ts';

export function addCancelCommand(program: Command): void {
  program
    .command('cancel')
    .description('ask a run to end: what has begun ends in its true outcome, the rest is withdrawn')
    .argument('<run>', 'id of the run, from: mandate runs')
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  mandate cancel 5062745219882361')
    .action(async (runId: string, { json = false }: { json?: boolean }) => {
      await withSession(async (mandate) => {
        const { status, endedAt } = await mandate.show(runId);
        if (endedAt !== undefined)
          throw new CommandError('AlreadyEnded', `Run ${runId} has ended already: it is ${status}.`);
        await mandate.cancel(runId);
      });
      answer(
        json,
        { runId, outcome: 'accepted' },
        () => `Run ${plain(runId)} is asked to end; see: mandate show ${plain(runId)}`,
      );
    });
}
