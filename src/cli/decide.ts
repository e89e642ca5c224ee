import type { Command } from 'commander';
import type { DecisionOutcome, DecisionRequest, InboxItem, Mandate } from '../client.ts';
import { readConfig } from '../config.ts';
import { deciderOf } from './decider.ts';
import type { Decider } from './decider.ts';
import { changeText, editOf, readEdits, withEdits } from './edits.ts';
import { EXIT, usageError } from './errors.ts';
import { answer } from './output.ts';
import { plain } from '../policy/plain-text.ts';
import { isOpen, standing } from '../policy/standing.ts';
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
  withEdits(
    decideCommand(program, 'approve', 'approve a request'),
    'what is text there stays text, unless it begins with a quote, a bracket or a brace; else as JSON where it is',
  )
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
  // What is typed wrong is said before anything is looked for.
  const typed = readEdits(options.edit);
  const decider = readDecider(options.as);
  const { digest, edited, by, decided } = await withSession(async (mandate) => {
    const needed = typed !== undefined || (decider.proves && options.digest === undefined);
    const item = needed ? await mandate.request(requestId) : undefined;
    const edits = readEdits(options.edit, item?.action.payload);
    const digest = options.digest ?? (item && digestSeen(item));
    const signed = decider.sign(requestId, {
      verdict,
      ...(reason === undefined ? {} : { reason }),
      ...(digest === undefined ? {} : { digest }),
      ...(group === undefined ? {} : { group }),
      ...(edits === undefined ? {} : { edits }),
    });
    const decided = await mandate.decide(requestId, signed);
    const edited = item && edits && isTaken(decided) ? editOf(item.action, edits) : undefined;
    const counted = decider.proves && decided.outcome === 'accepted';
    const by = counted ? await whoseVote(mandate, requestId, verdict, item?.votes) : undefined;
    return { digest, edited, by, decided };
  });
  const message = 'message' in decided ? decided.message : undefined;
  const told = { requestId, digest, ...(edited && { ...edited, digests: [digest, edited.digest] }), by };
  answer(json, { ...told, ...decided }, () => {
    const who = by === undefined ? plain(decider.name) : `${plain(by)}, ${plain(decider.name)}`;
    const why = message === undefined ? '' : `: ${plain(message)}`;
    return [
      `${verdict} by ${who}: ${decided.outcome}, the request is ${standing(decided)}${why}`,
      ...(edited === undefined ? [] : Object.entries(edited.changes).map(changeText)),
      ...(digest === undefined || !isTaken(decided) ? [] : [aboutText(digest, edited?.digest)]),
    ].join('\n');
  });
  process.exitCode = isTaken(decided) ? EXIT.ok : EXIT.denied;
}

function isTaken({ outcome }: DecisionOutcome): boolean {
  return outcome === 'accepted' || outcome === 'Recorded';
}

/** Whose vote has come since; undefined where that is not certain. */
async function whoseVote(
  mandate: Mandate,
  requestId: string,
  verdict: DecisionRequest['verdict'],
  before: InboxItem['votes'] = [],
): Promise<string | undefined> {
  // What was decided stands, whether it can be looked at or not.
  const item = await mandate.request(requestId).catch(() => undefined);
  const isNew = ({ by, at }: InboxItem['votes'][number]): boolean =>
    !before.some((vote) => vote.by === by && vote.at === at);
  const [vote, ...others] = item?.votes.filter((each) => each.verdict === verdict && isNew(each)) ?? [];
  return others.length === 0 ? vote?.by : undefined;
}

function aboutText(seen: string, edited?: string): string {
  return `It is about the action ${edited === undefined ? seen : `${edited}, edited from ${seen}`}.`;
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

/** What is asked about, where nobody can have seen anything else. */
function digestSeen(item: InboxItem): string {
  // One that has ended says so itself.
  if (item.digests.length === 1 || !isOpen(item)) return item.digest;
  const { requestId } = item;
  throw usageError(`The action of request ${requestId} has been edited, and a decision has to name the one you saw.`, {
    field: 'digest',
    hint: `Look at it with: mandate inbox ${requestId}; then decide with --digest sha256:... as it stands there.`,
  });
}
