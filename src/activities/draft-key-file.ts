import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseStrictJson } from '../contract/strict-json.ts';
import { DraftKeyId, DraftKeySet } from './draft-keys.ts';
import type { DraftKeys } from './draft-keys.ts';
import { writeDurably } from './durable-file.ts';

/** Thrown for a key file that cannot be trusted or read; says what to do, and never holds a key. */
export class BadKeyFile extends Error {
  override readonly name = 'BadKeyFile';
}

/** The keys of a developer's machine, beside what else the data folder keeps. */
export function draftKeyFile(dataFolder: string): string {
  return path.join(dataFolder, 'draft-key.json');
}

/**
 * The keys of a file that only its owner can read, made on first use. Read again at each use when the file has changed,
 * so that a rotation counts at once.
 *
 * @throws BadKeyFile when others can read it, or when it cannot be understood.
 */
export function keysOfFile(file: string): () => Promise<DraftKeys> {
  let seen: { readonly version: string; readonly keys: DraftKeys } | undefined;
  return async () => {
    const version = (await versionOf(file)) ?? (await make(file));
    if (seen?.version !== version) seen = { version, keys: await readKeyFile(file) };
    return seen.keys;
  };
}

/** What is in a key file. Throws {@link BadKeyFile}, also when there is none. */
export async function readKeyFile(file: string): Promise<DraftKeys> {
  await refuseReadable(file);
  let content: unknown;
  try {
    content = parseStrictJson(await readFile(file, 'utf8'));
  } catch (cause) {
    throw bad(file, 'is not JSON', cause);
  }
  const read = DraftKeySet.safeParse(content);
  if (!read.success)
    throw bad(file, `does not hold keys: ${read.error.issues[0]?.path.slice(0, 1).join('') || 'its shape'} is wrong`);
  return { current: read.data.current, byId: read.data.keys };
}

/** Adds a key and makes it the current one; the others go on verifying. Callers hold a lock. */
export async function rotateKeyFile(file: string, id = newKeyId()): Promise<DraftKeys> {
  const { byId } = await readKeyFile(file);
  if (!DraftKeyId.safeParse(id).success)
    throw new BadKeyFile(`"${id}" is no id of a key; it has 1 to 64 letters, digits, dots, hyphens or underscores.`);
  if (Object.hasOwn(byId, id)) throw new BadKeyFile(`There is a key "${id}" already; give the new one another id.`);
  return replace(file, { current: id, byId: { ...byId, [id]: newKey() } });
}

/** Takes a key away: what it signed does not verify any more. Callers hold a lock. */
export async function forgetKey(file: string, id: string): Promise<DraftKeys> {
  const { current, byId } = await readKeyFile(file);
  if (!Object.hasOwn(byId, id))
    throw new BadKeyFile(`There is no key "${id}"; there are ${Object.keys(byId).join(', ')}.`);
  if (id === current) throw new BadKeyFile(`"${id}" is the current key; rotate first: mandate keys rotate`);
  return replace(file, { current, byId: Object.fromEntries(Object.entries(byId).filter(([each]) => each !== id)) });
}

/** The day says which key is older than a draft. */
export function newKeyId(now = new Date()): string {
  return `key-${now.toISOString().slice(0, 10).replaceAll('-', '')}-${randomBytes(3).toString('hex')}`;
}

function newKey(): string {
  return randomBytes(32).toString('hex');
}

/** Something that changes whenever the file does, also within one tick of a clock. */
async function versionOf(file: string): Promise<string | undefined> {
  try {
    const { ino, mode, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [ino, mode, size, mtimeNs, ctimeNs].join('/');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function refuseReadable(file: string): Promise<void> {
  const { mode } = await stat(file).catch((cause: unknown) => {
    throw bad(file, 'cannot be looked at', cause);
  });
  // Windows has no such bits.
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  const found = (mode & 0o777).toString(8);
  throw new BadKeyFile(
    `The key file ${file} can be read or written by others (mode ${found}), so that its keys may be known; run: chmod 600 ${file} && mandate keys rotate`,
  );
}

function bad(file: string, what: string, cause?: unknown): BadKeyFile {
  return new BadKeyFile(
    `The key file ${file} ${what}; restore it from a backup, or move it away and a new key is made (drafts signed with the old one are then refused).`,
    cause === undefined ? {} : { cause },
  );
}

async function make(file: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const id = `dev-${randomBytes(4).toString('hex')}`;
  const staging = await stage(file, { current: id, byId: { [id]: newKey() } });
  try {
    // A link, unlike a rename, does not replace the key that another process may have made meanwhile.
    await link(staging, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(staging, { force: true });
  }
  return (await versionOf(file)) ?? '';
}

async function replace(file: string, keys: DraftKeys): Promise<DraftKeys> {
  const staging = await stage(file, keys);
  await rename(staging, file);
  return keys;
}

async function stage(file: string, { current, byId }: DraftKeys): Promise<string> {
  const staging = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeDurably(staging, JSON.stringify({ current, keys: byId }), 0o600);
  await chmod(staging, 0o600);
  return staging;
}
