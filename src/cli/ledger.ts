import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { readExport, verifyLedger } from '../store/verify-ledger.ts';
import type { Verification } from '../store/verify-ledger.ts';
import { CommandError, EXIT, invalidInput, usageError } from './errors.ts';
import { answer, colors } from './output.ts';
import { jsonText, plain } from '../policy/plain-text.ts';
import { withStore } from './with-store.ts';

interface VerifyOptions {
  readonly head?: string;
  readonly run?: string;
  readonly json?: boolean;
}

export function addLedgerCommands(program: Command): void {
  const ledger = program.command('ledger').description('the record of everything that happened');
  ledger
    .command('verify')
    .description('recompute the hash chains; names the first broken entry')
    .argument('[file]', 'an export to verify instead of the database; - for standard input')
    .option('--head <hash>', 'a hash noted earlier, which must be among the entries: else the end was cut off')
    .option('--run <run>', 'the entries of one run only; an export must then be of that run')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  mandate ledger verify\n  mandate ledger export | mandate ledger verify -\n\nExit codes: 0 sound, 1 broken',
    )
    .action(verify);
  ledger
    .command('export')
    .description('write the entries as JSON Lines')
    .option('--run <run>', 'the entries of one run only')
    .option('--json', 'the same; it is always JSON Lines')
    .addHelpText('after', '\nExample:\n  mandate ledger export > ledger.jsonl')
    .action(({ run }: { run?: string }) => exportLedger(run));
}

async function verify(file: string | undefined, { head, run, json = false }: VerifyOptions): Promise<void> {
  if (head !== undefined && !/^sha256:[0-9a-f]{64}$/.test(head)) {
    throw usageError('--head must be sha256: and 64 lower-case hex digits.', { field: 'head', given: head });
  }
  const options = { expectHead: head, whole: run === undefined };
  const found =
    file === undefined
      ? await withStore((store) => verifyLedger(store.ledger.export(run), options))
      : await verifyLedger(readExport(textOf(file)), options);
  if (run !== undefined && found.ok && found.entries === 0) throw unknownRun(run);
  answer(json, found, () => verificationText(found));
  process.exitCode = found.ok ? EXIT.ok : EXIT.failed;
}

async function exportLedger(run: string | undefined): Promise<void> {
  await withStore(async ({ ledger }) => {
    let entries = 0;
    for await (const entry of ledger.export(run)) {
      entries += 1;
      // A reader that is slower than the database is waited for.
      if (!process.stdout.write(`${jsonText(entry)}\n`))
        await new Promise((resolve) => process.stdout.once('drain', resolve));
    }
    if (run !== undefined && entries === 0) throw unknownRun(run);
  });
}

async function* textOf(file: string): AsyncIterable<string> {
  const stream = file === '-' ? process.stdin : createReadStream(file);
  try {
    for await (const chunk of stream.setEncoding('utf8')) yield chunk as string;
  } catch (cause) {
    throw invalidInput(`${file}: cannot be read; name a file written by: mandate ledger export`, {
      cause,
      field: 'file',
      given: file,
    });
  }
}

function verificationText(found: Verification): string {
  if (found.ok) {
    const head = found.head === null ? '' : `, head ${found.head}`;
    return `${colors.green('sound')}: ${found.entries} entries of ${found.runs} runs${head}`;
  }
  const { position, entryId, line, reason } = found.broken;
  const which =
    entryId === undefined
      ? `entry ${line}`
      : `entry ${plain(entryId)}${position === undefined ? '' : ` at position ${position}`}`;
  return `${colors.red('broken')}: ${which}: ${plain(reason)}. The ${found.entries} entries before it are sound.`;
}

function unknownRun(run: string): CommandError {
  return new CommandError('UnknownRun', `The ledger has no run "${run}"; see: mandate runs`, {
    field: 'run',
    given: run,
  });
}
