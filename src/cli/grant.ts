import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { GrantRequest, Mandate as Client } from '../client.ts';
import { readConfig } from '../config.ts';
import type { GrantOutcome } from '../contract/grant.ts';
import { Kind } from '../contract/kinds.ts';
import type { Mandate } from '../contract/mandate.ts';
import type { StartedGrant } from '../grants.ts';
import { MandateError } from '../mandate-error.ts';
import { MAX_MANDATE_DAYS } from '../policy/admit-mandate.ts';
import { mandateInWords } from '../policy/mandate-words.ts';
import { EXIT, usageError } from './errors.ts';
import { mandateOf, wholeNumber } from './grant-options.ts';
import type { GrantOptions } from './grant-options.ts';
import { answer } from './output.ts';
import { pairs, plain } from '../policy/plain-text.ts';
import { withSession } from './session.ts';
import { deadlineText } from './times.ts';
import { whoAmI } from './who-am-i.ts';
import { newId } from '../new-id.ts';

interface AskOptions extends GrantOptions {
  readonly approver?: readonly string[];
  readonly quorum?: string;
  readonly as?: string;
  readonly wait?: boolean;
  readonly json?: boolean;
}

export function addGrantCommand(program: Command): void {
  program
    .command('grant')
    .description('ask people for a standing approval: matching actions then go through without asking again')
    .option('--kind <kinds...>', `what it is for: ${Kind.options.join(', ')}; * for all that can be undone`)
    .option('--target <patterns...>', 'where to, as field=pattern[,field=pattern]; one of those given has to fit')
    .option('--agent <ids...>', 'by which agents')
    .option('--max-uses <n>', 'how many drafts it lets through in all')
    .option(
      '--expires <when>',
      `until when: 90min, 12h, 7d, or a time in ISO 8601; at most ${MAX_MANDATE_DAYS} days away`,
    )
    .option('--reason <text>', 'why')
    .option('--max-amount <limits...>', 'the most that a member of the payload may be: /pointer=100.00')
    .option('--approver <who...>', 'who is asked: a person, or group:NAME; default: as the configuration file says')
    .option('--quorum <n>', 'how many of them must approve (default: 1)')
    .option('--as <who>', 'who asks (default: you); whoever asks does not decide')
    .option('--wait', 'wait for what they say')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
Example:
  mandate grant --kind github_comment --target 'repo=acme/*' --agent packer --max-uses 20 --expires 7d \\
    --reason "notes of the beta" --approver ana --approver group:owners --quorum 2

In a pattern, * stands for any text without / ? # @ : \\ and white space, and ** at its end for everything.

Exit codes: 0 asked (with --wait: granted), 3 it could not be asked about (with --wait: not granted)`,
    )
    .action(ask);
}

async function ask(options: AskOptions): Promise<void> {
  const requester = whoAmI(options.as);
  const approval = approvalOf(options);
  const id = newId();
  const wanted: Mandate = { id, ...mandateOf(options, Date.now()) };
  await withSession(async (mandate) => {
    const started = await mandate.grant({ mandate: wanted, requester, approval });
    if (options.wait === true) return told(options, wanted, await started.result());
    const state = await Promise.race([asked(mandate, started), sleep(ASKED_WITHIN_MS, undefined, { ref: false })]);
    // The request has the mandate's own id.
    return told(options, wanted, { mandateId: id, requestId: id, status: 'pending', ...(state ?? NOT_ASKED) });
  });
}

// A worker that is there asks within moments.
const ASKED_WITHIN_MS = 5_000;
const NOT_ASKED = { error: 'no worker has put it before anybody yet' };

/** How it stands once people are asked, or are not. */
async function asked(mandate: Client, started: StartedGrant): Promise<GrantOutcome> {
  for (;;) {
    const state = await started.state().catch(() => started.result());
    if (state.status !== 'pending') return state;
    try {
      await mandate.request(started.mandateId);
      return state;
    } catch (error) {
      if (!(error instanceof MandateError)) throw error;
      if (error.type !== 'UnknownRequest') return started.result();
    }
    await sleep(100);
  }
}

type Told = { readonly mandateId: string; readonly status: string; readonly requestId?: string } & {
  readonly grantedBy?: readonly string[];
  readonly error?: string;
};

function told({ json = false }: AskOptions, mandate: Mandate, outcome: Told): void {
  const { mandateId, status, requestId, grantedBy, error } = outcome;
  answer(json, { ...outcome, scope: mandate.scope, maxUses: mandate.maxUses, expiresAt: mandate.expiresAt }, () =>
    pairs([
      ['mandate', mandateId],
      ['lets through', plain(mandateInWords(mandate))],
      ['uses', String(mandate.maxUses)],
      ['until', deadlineText(mandate.expiresAt)],
      ['is', plain(error === undefined ? status : `${status}: ${error}`)],
      ['granted by', grantedBy && plain(grantedBy.join(', '))],
      ['decide with', status === 'pending' && requestId !== undefined ? `mandate approve ${requestId}` : undefined],
    ]),
  );
  process.exitCode = status === 'pending' || status === 'granted' ? EXIT.ok : EXIT.denied;
}

function approvalOf({ approver = [], quorum }: AskOptions): GrantRequest['approval'] {
  const rule = quorum === undefined ? {} : { rule: { quorum: wholeNumber('quorum', quorum) } };
  if (approver.length > 0) return { approvers: approver.map(approverOf), ...rule };
  const configured = readConfig(process.env).mandateApprovers;
  if (configured === undefined) {
    throw usageError('--approver is missing: say who is asked, a person or group:NAME.', { field: 'approver' });
  }
  return { ...configured, ...rule };
}

function approverOf(text: string): GrantRequest['approval']['approvers'][number] {
  return text.startsWith('group:') ? { group: text.slice('group:'.length) } : { id: text };
}
