import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { draftKeyFile, forgetKey, newKeyId, readKeyFile, rotateKeyFile } from '../activities/draft-key-file.ts';
import { DraftKeyId, parseDraftKeys } from '../activities/draft-keys.ts';
import type { DraftKeys } from '../activities/draft-keys.ts';
import { readConfig } from '../config.ts';
import { withFileLock } from '../dev/lock.ts';
import { CommandError, usageError } from './errors.ts';
import { answer, table } from './output.ts';

interface Kept {
  readonly source: string;
  readonly current: string;
  readonly keys: readonly { readonly id: string; readonly current: boolean }[];
}

export function addKeysCommands(program: Command): void {
  const keys = program.command('keys').description('the keys that drafts are signed with; never shows a key');
  keys
    .command('list')
    .description('the ids of the keys, and which one signs')
    .option('--json', 'one JSON document: {source, current, keys}')
    .addHelpText('after', '\nExample:\n  mandate keys list')
    .action(list);
  keys
    .command('rotate')
    .description('make a new key that signs from now on; the others go on verifying')
    .option('--id <id>', 'its id (default: by the day)')
    .option('--json', 'one JSON document: {source, current, keys}')
    .addHelpText(
      'after',
      '\nExamples:\n  mandate keys rotate\n  mandate keys rotate --id 2026-11\n\nA running executor counts it at once. Keys of MANDATE_DRAFT_KEYS are only shown how to change.',
    )
    .action(rotate);
  keys
    .command('forget')
    .description('take a key away: drafts that it has signed are refused from now on')
    .argument('<id>', 'from: mandate keys list')
    .option('--json', 'one JSON document: {source, current, keys}')
    .addHelpText('after', '\nExample:\n  mandate keys forget dev-1f3a77c0')
    .action(forget);
}

async function list({ json = false }: { json?: boolean }): Promise<void> {
  const { draftKeys, dataFolder } = readConfig(process.env);
  const kept =
    draftKeys === undefined
      ? keptIn(draftKeyFile(dataFolder), await readKeyFile(keyFile()))
      : keptIn('MANDATE_DRAFT_KEYS', parseDraftKeys(draftKeys));
  answer(json, kept, () => keptText(kept));
}

async function rotate({ id = newKeyId(), json = false }: { id?: string; json?: boolean }): Promise<void> {
  if (!DraftKeyId.safeParse(id).success) {
    throw usageError('--id takes 1 to 64 letters, digits, dots, hyphens or underscores.', { field: 'id', given: id });
  }
  const { draftKeys } = readConfig(process.env);
  if (draftKeys !== undefined) {
    showRotation(id, parseDraftKeys(draftKeys), json);
    return;
  }
  const file = keyFile();
  const kept = keptIn(file, await locked(file, () => rotateKeyFile(file, id)));
  answer(json, kept, () => keptText(kept));
}

async function forget(id: string, { json = false }: { json?: boolean }): Promise<void> {
  if (readConfig(process.env).draftKeys !== undefined) {
    throw new CommandError('NotHere', `The keys are in the environment, which cannot be changed from here.`, {
      hint: `Take "${id}:..." out of MANDATE_DRAFT_KEYS where it is set, and start the executors anew.`,
    });
  }
  const file = keyFile();
  const kept = keptIn(file, await locked(file, () => forgetKey(file, id)));
  answer(json, kept, () => keptText(kept));
}

/** A key in the environment is made where the environment is: printed here, it would be in a terminal and its log. */
function showRotation(id: string, { byId }: DraftKeys, json: boolean): void {
  if (Object.hasOwn(byId, id))
    throw usageError(`There is a key "${id}" already; give the new one another id.`, { field: 'id', given: id });
  const file = process.env['MANDATE_DRAFT_KEYS_FILE'];
  const set =
    file === undefined
      ? `MANDATE_DRAFT_KEYS="${id}:$(openssl rand -hex 32),$MANDATE_DRAFT_KEYS"`
      : `(umask 077; printf '%s,%s' "${id}:$(openssl rand -hex 32)" "$(cat ${file})" > ${file}.new) && mv ${file}.new ${file}`;
  answer(json, { source: 'MANDATE_DRAFT_KEYS', changed: false, set }, () =>
    [
      'The keys are in the environment, so nothing was changed. Where it is set, put a new key before the others:',
      '',
      `  ${set}`,
      '',
      'Then start the executors anew. Keep the older keys until the drafts that they have signed are over (24 hours, by default).',
    ].join('\n'),
  );
}

function keyFile(): string {
  const file = draftKeyFile(readConfig(process.env).dataFolder);
  if (existsSync(file)) return file;
  throw new CommandError('NothingHere', `Nothing here yet: there is no key file at ${file}.`, {
    hint: 'It is made with the first run. Set MANDATE_DATA to where it is, or MANDATE_DRAFT_KEYS.',
  });
}

function locked<T>(file: string, change: () => Promise<T>): Promise<T> {
  return withFileLock(`${file}.lock`, {}, change);
}

function keptIn(source: string, { current, byId }: DraftKeys): Kept {
  return { source, current, keys: Object.keys(byId).map((id) => ({ id, current: id === current })) };
}

function keptText({ source, keys }: Kept): string {
  const rows = keys.map(({ id, current }) => [id, current ? 'signs and verifies' : 'verifies']);
  return `${table(['key', 'use'], rows, '')}\nin ${source}`;
}
