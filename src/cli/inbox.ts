import type { Command } from 'commander';
import type { InboxFilters, InboxRow } from '../client.ts';
import { usageError } from './errors.ts';
import { readInboxChoice } from './inbox-choice.ts';
import type { InboxChoice } from './inbox-choice.ts';
import { answer, remark, table } from './output.ts';
import { needsText } from '../policy/request-text.ts';
import { requestText } from './request-text.ts';
import { jsonText } from '../policy/plain-text.ts';
import { withSession } from './session.ts';
import { deadlineText } from './times.ts';

interface InboxOptions extends InboxChoice {
  readonly unknown?: boolean;
  readonly json?: boolean;
}

// More than anybody reads.
const MOST = 1_000;

export function addInboxCommand(program: Command): void {
  program
    .command('inbox')
    .description('list what waits for a decision, or show one request whole')
    .argument('[id]', 'id of a request')
    .option('--mine', 'only what waits for you')
    .option('--for <who>', 'only what waits for this person')
    .option('--group <name>', 'only what asks this group')
    .option('--run <run>', 'only what this run asks')
    .option('--overdue', 'only what is past its deadline and stays open')
    .option('--priority <priority>', 'only what has this priority: P0, P1, P2 or P3')
    .option('--unknown', 'list the effects whose outcome is unknown instead')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  mandate inbox\n  mandate inbox --mine --priority P0\n  mandate inbox 3Vw9hX2bLkqTzYc0dE5fGa\n  mandate inbox --unknown',
    )
    .action(async (requestId: string | undefined, { unknown = false, json = false, ...choice }: InboxOptions) => {
      const filtered = Object.keys(choice).at(0);
      if (filtered !== undefined && (unknown || requestId !== undefined)) {
        const what = unknown ? '--unknown' : 'a request';
        throw usageError(`--${filtered} filters the list of requests; leave it out with ${what}.`, { field: filtered });
      }
      if (unknown && requestId !== undefined) {
        throw usageError('--unknown takes no request; leave one of them out.', { field: 'unknown', given: requestId });
      }
      if (unknown) return unknowns(json);
      return requestId === undefined
        ? inbox(await readInboxChoice(choice, process.env), json)
        : request(requestId, json);
    });
}

async function request(requestId: string, json: boolean): Promise<void> {
  const item = await withSession((mandate) => mandate.request(requestId));
  answer(json, item, () => requestText(item));
}

async function inbox(filters: InboxFilters, json: boolean): Promise<void> {
  const found = await withSession((mandate) => mandate.inbox({ ...filters, limit: MOST + 1 }));
  const rows = found.slice(0, MOST);
  answer(json, rows, () =>
    table(
      ['request', 'priority', 'title', 'run', 'needs', 'deadline'],
      rows.map(rowText),
      Object.keys(filters).length === 0 ? 'Nothing waits for a decision.' : 'Nothing like that waits for a decision.',
    ),
  );
  if (found.length > MOST) {
    remark(`These are the ${MOST} most urgent; more wait. Narrow them down with --mine, --group, --run or --priority.`);
  }
}

function rowText(row: InboxRow): string[] {
  const { requestId, priority, title, runId = '', deadline, overdue } = row;
  const due = deadline === '' ? '' : deadlineText(deadline);
  const standing =
    row.incomplete === true
      ? [requestId, priority, '(not begun)', runId, '?']
      : [requestId, priority, title, runId, needsText(row)];
  return [...standing, `${due}${overdue ? ' OVERDUE' : ''}`];
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
    remark('Look whether it happened, and say so with: mandate reconcile DRAFT happened|did-not-happen');
  }
}
