import { generateKeyPairSync } from 'node:crypto';
import { mkdir, open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { formatFounderKey } from '../activities/founder-keys.ts';
import { readConfig } from '../config.ts';
import { CommandError, usageError } from './errors.ts';
import { founderName } from './founder-name.ts';
import { answer } from './output.ts';

interface KeygenOptions {
  readonly out: string;
  readonly as?: string;
  readonly json?: boolean;
}

export async function makeFounderKey({ out, as, json = false }: KeygenOptions): Promise<void> {
  const founder = founderName(as);
  const file = path.resolve(out);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await refuseDataFolder(file);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  await writeNew(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const setting = formatFounderKey(founder, publicKey);
  answer(json, { founder, file, setting }, () =>
    [
      `The private key is in ${file}. Keep it where no agent and no executor can read it.`,
      'The executor is to know the public one; several are separated by commas:',
      '',
      `  MANDATE_FOUNDER_KEYS=${setting}`,
    ].join('\n'),
  );
}

/** The executor and the agents' host can read the data folder: a key there would be theirs too. */
async function refuseDataFolder(file: string): Promise<void> {
  const { dataFolder } = readConfig(process.env);
  const folder = await realpath(path.dirname(file));
  const data = await realpath(dataFolder).catch(() => dataFolder);
  const within = path.relative(data, folder);
  if (within.startsWith('..') || path.isAbsolute(within)) return;
  throw usageError(`${file} is in the data folder, which executors can read; put a founder's key elsewhere.`, {
    field: 'out',
    given: file,
  });
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') {
      throw usageError(`${file} is there already, and a key is never overwritten; name another file.`, {
        field: 'out',
        given: file,
      });
    }
    throw new CommandError('Failed', `${file} cannot be written; name a file in a folder of yours.`, { cause });
  }
}
