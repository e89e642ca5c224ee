import type { Command } from 'commander';
import { mandateRun } from '../contract/ids.ts';
import type { MandateRecord } from '../contract/mandate.ts';
import { mandateInWords } from '../policy/mandate-words.ts';
import { CommandError, EXIT, usageError } from './errors.ts';
import { readReason } from './executor-pause.ts';
import { answer, table } from './output.ts';
import { plain } from '../policy/plain-text.ts';
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
    .description('end a standing approval: from the moment this returns, nothing begins under it any more')
    .argument('<mandate>', 'id of the mandate, from: mandate mandates')
    .option('--reason <text>', 'why')
    .option('--as <who>', 'who withdraws it (default: you)')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      '\nExample:\n  mandate withdraw Q-zCyviofqJKaZ_DDCSiutsH --reason "the campaign is over"\n\nExit codes: 0 withdrawn, 3 it had been already',
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
  const withdrawn = await withStore(({ mandates }) =>
    mandates.withdraw({ id, by, reason, time }, [
      {
        entryId: `${run}/mandate.withdrawn`,
        run,
        agent: null,
        type: 'mandate.withdrawn',
        time,
        body: { mandate: id, by, reason },
      },
    ]),
  );
  if (withdrawn === undefined) {
    throw new CommandError('UnknownMandate', `There is no mandate "${plain(id)}"; see: mandate mandates --all`, {
      field: 'mandate',
      given: id,
    });
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

function stateOf({ withdrawnAt, expiresAt, uses, maxUses }: MandateRecord, now: string): MandateState {
  if (withdrawnAt !== null) return 'withdrawn';
  if (expiresAt <= now) return 'expired';
  return uses >= maxUses ? 'used_up' : 'live';
}

function stateText({ withdrawnAt, withdrawnBy, withdrawnBecause }: MandateRecord, state: MandateState): string {
  if (state !== 'withdrawn' || withdrawnAt === null) return state.replace('_', ' ');
  return `withdrawn by ${plain(withdrawnBy ?? '')} at ${localTime(withdrawnAt)}: ${plain(withdrawnBecause ?? '')}`;
}
