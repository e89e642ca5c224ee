import type { Command } from 'commander';
import type { DecisionRequest } from '../client.ts';
import { readConfig } from '../config.ts';
import { approvalWorkflowId } from '../contract/ids.ts';
import { proveDecision } from '../prove-decision.ts';
import { readEdits, withEdits } from './edits.ts';
import { usageError } from './errors.ts';
import { remark } from './output.ts';
import { jsonText, plain } from '../policy/plain-text.ts';

interface ProveOptions {
  readonly digest: string;
  readonly reason?: string;
  readonly group?: string;
  readonly edit?: readonly string[];
  readonly json?: boolean;
}

export function addProveCommands(program: Command): void {
  const prove = program
    .command('prove')
    .description('make the payload of a signal that proves your decision, with MANDATE_TOKEN; needs no server');
  withEdits(proveCommand(prove, 'approve'), 'as JSON where it is, so that "50" in quotes is text; else as text')
    .option('--reason <text>', 'why')
    .addHelpText('after', helpOf('approve', ''));
  proveCommand(prove, 'reject')
    .requiredOption('--reason <text>', 'why; a rejection needs one')
    .addHelpText('after', helpOf('reject', ' --reason "the notes are wrong"'));
}

function proveCommand(prove: Command, verdict: DecisionRequest['verdict']): Command {
  return prove
    .command(verdict)
    .description(`for the signal ${verdict}`)
    .argument('<id>', 'id of the request')
    .requiredOption('--digest <digest>', 'digest of the action as you saw it: sha256:...')
    .option('--group <name>', 'the group you speak for, where groups are asked')
    .option('--json', 'no remark about how to send it')
    .action((requestId: string, options: ProveOptions) => writePayload(requestId, verdict, options));
}

function helpOf(verdict: string, more: string): string {
  return `
Example:
  mandate prove ${verdict} 3Vw9hX2bLkqTzYc0dE5fGa --digest sha256:...${more} > decision.json
  temporal workflow signal --workflow-id approval/3Vw9hX2bLkqTzYc0dE5fGa --name ${verdict} --input-file decision.json

It counts once, within 24 hours, for exactly this. The token is not in it.`;
}

function writePayload(requestId: string, verdict: DecisionRequest['verdict'], options: ProveOptions): void {
  const { digest, reason, group, json = false } = options;
  const edits = readEdits(options.edit);
  const { token } = readConfig(process.env);
  if (token === undefined) {
    throw usageError('MANDATE_TOKEN is not set, and a proof is made with a personal token.', {
      field: 'MANDATE_TOKEN',
      hint: 'Set it, or MANDATE_TOKEN_FILE; an operator issues a token with: mandate tokens create PERSON',
    });
  }
  // A signal has no verdict of its own.
  const { verdict: _verdict, ...payload } = proveDecision(token, requestId, {
    verdict,
    digest,
    ...(reason === undefined ? {} : { reason }),
    ...(group === undefined ? {} : { group }),
    ...(edits === undefined ? {} : { edits }),
  });
  process.stdout.write(`${jsonText(payload)}\n`);
  if (json) return;
  remark(
    `Send it within 24 hours: temporal workflow signal --workflow-id ${plain(approvalWorkflowId(requestId))} --name ${verdict} --input-file FILE`,
  );
}
