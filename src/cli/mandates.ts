import type { Command } from 'commander';
import { mandateRun } from '../contract/ids.ts';
import type { LedgerFact } from '../contract/ledger.ts';
import type { MandateRecord } from '../contract/mandate.ts';
import type { TakenBack } from '../grants.ts';
import { mandateInWords } from '../policy/mandate-words.ts';
import type { Mandates } from '../store/mandates.ts';
import { CommandError, EXIT, usageError } from './errors.ts';
import { readReason } from './executor-pause.ts';
import { answer, table } from './output.ts';
import { plain } from '../policy/plain-text.ts';
import { takeBack } from './take-back.ts';
import { deadlineText, localTime } from './times.ts';
import { whoAmI } from './who-am-i.ts';
import { withStore } from './with-store.ts';

interface WithdrawOptions {
  readonly reason?: string;
  readonly as?: string;
  readonly json?: boolean;
}

type MandateState = 'live' | 'used_up' | 'expired' | 'withdrawn';

export function addMandatesCommand(program: Command): void {
  program
    .command('mandates')
    .description('list the standing approvals that may still let something through')
    .option('--all', 'also those that are used up, expired or withdrawn')
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExamples:\n  mandate mandates\n  mandate mandates --all --json')
    .action(list);
}

export function addWithdrawCommand(program: Command): void {
  program
    .command('withdraw')
    .description(
      'end a standing approval, or take it back before it is granted: once this returns, nothing begins under it any more',
    )
    .argument('<mandate>', 'id of the mandate, from: mandate mandates')
    .option('--reason <text>', 'why')
    .option('--as <who>', 'who withdraws it (default: you)')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      '\nExample:\n  mandate withdraw Q-zCyviofqJKaZ_DDCSiutsH --reason "the campaign is over"\n\n' +
        'Exit codes: 0 withdrawn, or taken back; 1 no worker has taken it back yet; 3 it had been withdrawn already, or people have not granted it',
    )
    .action(withdraw);
}

async function list({ all = false, json = false }: { all?: boolean; json?: boolean }): Promise<void> {
  const now = new Date().toISOString();
  const found = await withStore(({ mandates }) => mandates.list(all ? {} : { liveAt: now }));
  const mandates = found.map((mandate) => ({ ...mandate, state: stateOf(mandate, now) }));
  answer(json, mandates, () =>
    table(
      ['mandate', 'lets through', 'uses', 'expires', 'granted by', 'state'],
      mandates.map((mandate) => [
        mandate.id,
        mandateInWords(mandate),
        `${mandate.uses} of ${mandate.maxUses}`,
        deadlineText(mandate.expiresAt),
        mandate.grantedBy.join(', '),
        stateText(mandate, mandate.state),
      ]),
      all ? 'No mandate was ever granted.' : 'No mandate lets anything through.',
    ),
  );
}

async function withdraw(id: string, options: WithdrawOptions): Promise<void> {
  const by = whoAmI(options.as);
  if (options.reason === undefined) throw usageError('--reason is missing: say why.', { field: 'reason' });
  const reason = readReason(options.reason);
  const time = new Date().toISOString();
  const run = mandateRun(id);
  const fact: LedgerFact = {
    entryId: `${run}/mandate.withdrawn`,
    run,
    agent: null,
    type: 'mandate.withdrawn',
    time,
    body: { mandate: id, by, reason },
  };
  const end = (): ReturnType<Mandates['withdraw']> =>
    withStore(({ mandates }) => mandates.withdraw({ id, by, reason, time }, [fact]));
  let withdrawn = await end();
  if (withdrawn === undefined) {
    const status = await takeBack(id);
    if (status !== undefined && status !== 'granted') {
      // Any other end is not this one's doing.
      if (status === 'taken_back')
        await withStore(({ ledger }) => ledger.append([{ ...fact, entryId: `${run}/taken-back` }]));
      tellTakenBack(id, status, options);
      return;
    }
    // People may have been faster.
    withdrawn = await end();
    if (withdrawn === undefined) throw unknown(id);
  }
  const { first, mandate } = withdrawn;
  const outcome = first ? 'withdrawn' : 'already_withdrawn';
  answer(options.json ?? false, { outcome, ...mandate }, () =>
    first
      ? `Mandate ${id} is withdrawn: nothing begins under it any more. It had let through ${mandate.uses} of ${mandate.maxUses}.`
      : `Mandate ${id} was ${stateText(mandate, 'withdrawn')} already.`,
  );
  process.exitCode = first ? EXIT.ok : EXIT.denied;
}

function tellTakenBack(id: string, status: Exclude<TakenBack, 'granted'>, { json = false }: WithdrawOptions): void {
  if (status === 'pending') {
    answer(
      json,
      { outcome: 'asked', id },
      () =>
        `Mandate ${id} has not been granted yet. Its request is asked to end, and no worker has done so; give the command again when one is up.`,
    );
    process.exitCode = EXIT.failed;
  } else if (status === 'taken_back') {
    answer(json, { outcome: 'taken_back', id }, () => `Mandate ${id} had not been granted, and will not be.`);
    process.exitCode = EXIT.ok;
  } else {
    answer(
      json,
      { outcome: 'not_granted', id, status },
      () => `Mandate ${id} was never granted: its request had ended as ${status}.`,
    );
    process.exitCode = EXIT.denied;
  }
}

function unknown(id: string): CommandError {
  return new CommandError(
    'UnknownMandate',
    `No mandate "${plain(id)}" was ever granted, and none waits to be; see: mandate mandates --all`,
    {
      field: 'mandate',
      given: id,
      hint: 'One that waits for people is found where its Temporal server is up: TEMPORAL_ADDRESS, or a running mandate dev.',
    },
  );
}

function stateOf({ withdrawnAt, expiresAt, uses, maxUses }: MandateRecord, now: string): MandateState {
  if (withdrawnAt !== null) return 'withdrawn';
  if (expiresAt <= now) return 'expired';
  return uses >= maxUses ? 'used_up' : 'live';
}

function stateText({ withdrawnAt, withdrawnBy, withdrawnBecause }: MandateRecord, state: MandateState): string {
  if (state !== 'withdrawn' || withdrawnAt === null) return state.replace('_', ' ');
  return `withdrawn by ${plain(withdrawnBy ?? '')} at ${localTime(withdrawnAt)}: ${plain(withdrawnBecause ?? '')}`;
}
