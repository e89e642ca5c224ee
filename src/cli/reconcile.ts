import { Argument } from 'commander';
import type { Command } from 'commander';
import { EXIT, usageError } from './errors.ts';
import { answer } from './output.ts';
import { plain } from '../policy/plain-text.ts';
import { withSession } from './session.ts';
import { whoAmI } from './who-am-i.ts';

interface ReconcileOptions {
  readonly url?: string;
  readonly reason?: string;
  readonly as?: string;
  readonly json?: boolean;
}

const OUTCOMES = { happened: 'happened', 'did-not-happen': 'did_not_happen' } as const;

export function addReconcileCommand(program: Command): void {
  program
    .command('reconcile')
    .description('settle an effect whose outcome is unknown, after having looked')
    .argument('<draft>', 'id of the draft, from: mandate inbox --unknown')
    .addArgument(new Argument('<outcome>', 'what you found').choices(Object.keys(OUTCOMES)))
    .option('--url <url>', 'where it can be seen; needed with happened')
    .option('--reason <text>', 'how you know')
    .option('--as <who>', 'who settles it (default: you)')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      '\nExample:\n  mandate reconcile Q-zCyviofqJKaZ_DDCSiutsH happened --url https://example.com/17\n\nExit codes: 0 settled, 3 refused',
    )
    .action(reconcile);
}

async function reconcile(draftId: string, outcome: keyof typeof OUTCOMES, options: ReconcileOptions): Promise<void> {
  const { url, reason, json = false } = options;
  if (outcome === 'happened' && url === undefined) {
    throw usageError('--url must be given with happened: where it can be seen.', { field: 'url' });
  }
  const by = whoAmI(options.as);
  const settled = await withSession((mandate) =>
    mandate.reconcile(draftId, {
      by,
      outcome: OUTCOMES[outcome],
      ...(url === undefined ? {} : { url }),
      ...(reason === undefined ? {} : { reason }),
    }),
  );
  answer(json, { draftId, ...settled }, () => {
    const why = 'message' in settled ? `: ${plain(settled.message)}` : '';
    return `${outcome} by ${plain(by)}: ${settled.outcome}, the draft is ${settled.status}${why}`;
  });
  process.exitCode = settled.outcome === 'accepted' ? EXIT.ok : EXIT.denied;
}
