import type { Command } from 'commander';
import type { DecisionRequest } from '../client.ts';
import { EXIT, usageError } from './errors.ts';
import { answer } from './output.ts';
import { plain } from './screen-text.ts';
import { withSession } from './session.ts';
import { whoAmI } from './who-am-i.ts';

interface DecideOptions {
  readonly reason?: string;
  readonly digest?: string;
  readonly group?: string;
  readonly as?: string;
  readonly json?: boolean;
}

const EXIT_CODES = 'Exit codes: 0 accepted, 3 refused';

export function addApproveCommand(program: Command): void {
  decideCommand(program, 'approve', 'approve a request')
    .option('--reason <text>', 'why')
    .addHelpText(
      'after',
      `\nExample:\n  mandate approve 3Vw9hX2bLkqTzYc0dE5fGa --reason "read it, looks right"\n\n${EXIT_CODES}`,
    );
}

export function addRejectCommand(program: Command): void {
  decideCommand(program, 'reject', 'reject a request')
    .requiredOption('--reason <text>', 'why; a rejection needs one')
    .addHelpText(
      'after',
      `\nExample:\n  mandate reject 3Vw9hX2bLkqTzYc0dE5fGa --reason "the notes are wrong"\n\n${EXIT_CODES}`,
    );
}

function decideCommand(program: Command, verdict: DecisionRequest['verdict'], description: string): Command {
  return program
    .command(verdict)
    .description(description)
    .argument('<id>', 'id of the request, from: mandate inbox')
    .option('--digest <digest>', 'digest of the action as you saw it: refused when it has been edited since')
    .option('--group <name>', 'the group you speak for, where groups are asked')
    .option('--as <who>', 'who decides (default: you)')
    .option('--json', 'one JSON document')
    .action((requestId: string, options: DecideOptions) => decide(requestId, verdict, options));
}

async function decide(requestId: string, verdict: DecisionRequest['verdict'], options: DecideOptions): Promise<void> {
  const { reason, digest, group, json = false } = options;
  if (verdict === 'reject' && (reason ?? '').trim() === '')
    throw usageError('--reason must not be blank.', { field: 'reason' });
  const by = whoAmI(options.as);
  const decided = await withSession((mandate) =>
    mandate.decide(requestId, {
      by,
      verdict,
      ...(reason === undefined ? {} : { reason }),
      ...(digest === undefined ? {} : { digest }),
      ...(group === undefined ? {} : { group }),
    }),
  );
  const message = 'message' in decided ? decided.message : undefined;
  answer(json, { requestId, ...decided }, () => {
    const why = message === undefined ? '' : `: ${plain(message)}`;
    return `${verdict} by ${plain(by)}: ${decided.outcome}, the request is ${decided.status}${why}`;
  });
  process.exitCode = decided.outcome === 'accepted' || decided.outcome === 'Recorded' ? EXIT.ok : EXIT.denied;
}
