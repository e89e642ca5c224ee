import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readIfThere, writeDurably } from './durable-file.ts';

/** The keys that drafts are signed with: new ones by the current key, older drafts verify while their key is kept. */
export interface DraftKeys {
  readonly current: string;
  /** Key ids to keys in lower-case hex. */
  readonly byId: Readonly<Record<string, string>>;
}

const KEY = /^([A-Za-z0-9._-]{1,64}):((?:[0-9a-f]{2}){32,})$/;

/**
 * Reads keys as the environment gives them: `id:hex`, several separated by commas, the current one first. Each key has
 * at least 32 bytes. Throws with what is wrong; the message never holds a key.
 */
export function parseDraftKeys(text: string): DraftKeys {
  const keys = text.split(',').map((part, index) => {
    const match = KEY.exec(part.trim());
    if (match === null) {
      throw new Error(
        `MANDATE_DRAFT_KEYS: key ${index + 1} is not of the form id:hex with at least 64 lower-case hex digits; make one with: openssl rand -hex 32`,
      );
    }
    return [match[1] ?? '', match[2] ?? ''] as const;
  });
  const byId = Object.fromEntries(keys);
  if (Object.keys(byId).length !== keys.length)
    throw new Error('MANDATE_DRAFT_KEYS: two keys have the same id; give each its own.');
  return { current: keys[0]?.[0] ?? '', byId };
}

const KeyFile = z.strictObject({ current: z.string(), keys: z.record(z.string(), z.string()) });

/** The key of a developer's machine, made on first use: a file that only its owner can read. */
export async function readOrMakeDraftKeys(file: string): Promise<DraftKeys> {
  const text = (await readIfThere(file))?.toString('utf8') ?? (await make(file));
  const parsed = KeyFile.parse(JSON.parse(text));
  return { current: parsed.current, byId: parsed.keys };
}

async function make(file: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const id = `dev-${randomBytes(4).toString('hex')}`;
  const content = JSON.stringify({ current: id, keys: { [id]: randomBytes(32).toString('hex') } });
  const staging = `${file}.${process.pid}`;
  await writeDurably(staging, content, 0o600);
  await chmod(staging, 0o600);
  try {
    // A link, unlike a rename, does not replace the key that another process may have made meanwhile.
    await link(staging, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(staging, { force: true });
  }
  return readFile(file, 'utf8');
}
