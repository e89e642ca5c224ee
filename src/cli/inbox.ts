import type { Command } from 'commander';
import { answer, table } from './output.ts';
import { jsonText } from './screen-text.ts';
import { needsText } from './request-text.ts';
import { withSession } from './session.ts';
import { deadlineText } from './times.ts';

export function addInboxCommand(program: Command): void {
  program
    .command('inbox')
    .description('list what waits for a decision')
    .option('--unknown', 'list the effects whose outcome is unknown instead')
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExamples:\n  mandate inbox\n  mandate inbox --unknown')
    .action(({ unknown = false, json = false }: { unknown?: boolean; json?: boolean }) =>
      unknown ? unknowns(json) : inbox(json),
    );
}

async function inbox(json: boolean): Promise<void> {
  const items = await withSession((mandate) => mandate.inbox());
  answer(json, items, () =>
    table(
      ['request', 'priority', 'title', 'run', 'needs', 'deadline'],
      items.map((item) => [
        item.requestId,
        item.priority,
        item.title,
        item.runId ?? '',
        needsText(item),
        `${deadlineText(item.deadline)}${item.overdue ? ' OVERDUE' : ''}`,
      ]),
      'Nothing waits for a decision.',
    ),
  );
}

async function unknowns(json: boolean): Promise<void> {
  const drafts = await withSession((mandate) => mandate.unknowns());
  answer(json, drafts, () =>
    table(
      ['draft', 'kind', 'target', 'run', 'agent', 'why'],
      drafts.map(({ draftId, kind, target, run, agent, error = '' }) => [
        draftId,
        kind,
        target === undefined ? '' : jsonText(target),
        run,
        agent,
        error,
      ]),
      'No outcome is unknown.',
    ),
  );
  if (!json && drafts.length > 0) {
    process.stderr.write(
      'Look whether it happened, and say so with: mandate reconcile DRAFT happened|did-not-happen\n',
    );
  }
}
