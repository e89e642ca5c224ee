import type { Command } from 'commander';
import type { DecisionRequest, Mandate } from '../client.ts';
import { readConfig } from '../config.ts';
import { deciderOf } from './decider.ts';
import type { Decider } from './decider.ts';
import { readEdits, withEdits } from './edits.ts';
import { EXIT, usageError } from './errors.ts';
import { answer } from './output.ts';
import { plain } from '../policy/plain-text.ts';
import { withSession } from './session.ts';
import { whoAmI } from './who-am-i.ts';

interface DecideOptions {
  readonly reason?: string;
  readonly digest?: string;
  readonly group?: string;
  readonly edit?: readonly string[];
  readonly as?: string;
  readonly json?: boolean;
}

const NOTES =
  "With MANDATE_TOKEN (or MANDATE_TOKEN_FILE) the decision is proven to be its owner's. Without it, it counts where the\nnamespace is trusted.\n\nExit codes: 0 accepted, 3 refused";

export function addApproveCommand(program: Command): void {
  withEdits(decideCommand(program, 'approve', 'approve a request'))
    .option('--reason <text>', 'why')
    .addHelpText(
      'after',
      `\nExamples:\n  mandate approve 3Vw9hX2bLkqTzYc0dE5fGa --reason "read it, looks right"\n  mandate approve 3Vw9hX2bLkqTzYc0dE5fGa --edit title="Good morning" --edit retries=3\n\n${NOTES}`,
    );
}

export function addRejectCommand(program: Command): void {
  decideCommand(program, 'reject', 'reject a request')
    .requiredOption('--reason <text>', 'why; a rejection needs one')
    .addHelpText(
      'after',
      `\nExample:\n  mandate reject 3Vw9hX2bLkqTzYc0dE5fGa --reason "the notes are wrong"\n\n${NOTES}`,
    );
}

function decideCommand(program: Command, verdict: DecisionRequest['verdict'], description: string): Command {
  return program
    .command(verdict)
    .description(description)
    .argument('<id>', 'id of the request, from: mandate inbox')
    .option('--digest <digest>', 'digest of the action as you saw it: refused when it has been edited since')
    .option('--group <name>', 'the group you speak for, where groups are asked')
    .option('--as <who>', 'who decides, where there is no MANDATE_TOKEN (default: you)')
    .option('--json', 'one JSON document')
    .action((requestId: string, options: DecideOptions) => decide(requestId, verdict, options));
}

async function decide(requestId: string, verdict: DecisionRequest['verdict'], options: DecideOptions): Promise<void> {
  const { reason, group, json = false } = options;
  if (verdict === 'reject' && (reason ?? '').trim() === '')
    throw usageError('--reason must not be blank.', { field: 'reason' });
  const edits = readEdits(options.edit);
  const decider = readDecider(options.as);
  const { digest, decided } = await withSession(async (mandate) => {
    const digest = options.digest ?? (decider.proves ? await digestNow(mandate, requestId) : undefined);
    const signed = decider.sign(requestId, {
      verdict,
      ...(reason === undefined ? {} : { reason }),
      ...(digest === undefined ? {} : { digest }),
      ...(group === undefined ? {} : { group }),
      ...(edits === undefined ? {} : { edits }),
    });
    return { digest, decided: await mandate.decide(requestId, signed) };
  });
  const message = 'message' in decided ? decided.message : undefined;
  answer(json, { requestId, digest, ...decided }, () => {
    const why = message === undefined ? '' : `: ${plain(message)}`;
    const about = digest === undefined ? '' : `\nIt is about the action ${digest}.`;
    return `${verdict} by ${plain(decider.name)}: ${decided.outcome}, the request is ${decided.status}${why}${about}`;
  });
  process.exitCode = decided.outcome === 'accepted' || decided.outcome === 'Recorded' ? EXIT.ok : EXIT.denied;
}

function readDecider(as: string | undefined): Decider {
  const { token } = readConfig(process.env);
  if (token !== undefined && as !== undefined) {
    throw usageError('--as cannot be used with MANDATE_TOKEN, whose owner it is who decides; leave one of them out.', {
      field: 'as',
      given: as,
    });
  }
  return deciderOf(token, () => whoAmI(as));
}

async function digestNow(mandate: Mandate, requestId: string): Promise<string> {
  return (await mandate.request(requestId)).digest;
}
