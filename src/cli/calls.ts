import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { answer, table } from './output.ts';
import { localTime } from './times.ts';
import { withStore } from './with-store.ts';

interface CallsOptions {
  readonly subject?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function addCallsCommand(program: Command): void {
  program
    .command('calls')
    .description('list the attempts of calls that may be repeated: notifications, looks of witnesses')
    .option('--subject <id>', 'those of one draft or notification')
    .option('--limit <n>', 'how many of the latest', readLimit, 100)
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  mandate calls\n  mandate calls --subject effect_unknown/Q-zCyviofqJKaZ_DDCSiutsH',
    )
    .action(calls);
}

async function calls({ subject, limit, json = false }: CallsOptions): Promise<void> {
  const listed = await withStore((store) => store.calls.list({ subject, limit }));
  answer(json, listed, () =>
    table(
      ['began', 'call', 'subject', 'attempt', 'outcome', 'took', 'error'],
      listed.map(({ time, name, subject: about, number, outcome, elapsedMs, error }) => [
        localTime(time),
        name,
        about,
        String(number),
        outcome,
        outcome === 'begun' ? '' : `${elapsedMs} ms`,
        error ?? '',
      ]),
      subject === undefined ? 'No call has been made in thirty days.' : `No call about ${subject} in thirty days.`,
    ),
  );
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= 10_000) return limit;
  throw new InvalidArgumentError('It must be a whole number from 1 to 10000.');
}
