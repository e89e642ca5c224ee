import { once } from 'node:events';
import path from 'node:path';
import { list } from 'tar';
import type { ReadEntry } from 'tar';
import { z } from 'zod';
import { JsonObject } from '../../contract/json.ts';
import { parseStrictJson } from '../../contract/strict-json.ts';

const MANIFEST = 'package/package.json';
const MAX_MANIFEST_BYTES = 1024 * 1024;

const Manifest = JsonObject.refine(
  ({ name, version }) => typeof name === 'string' && typeof version === 'string',
  'must have a name and a version',
);

/**
 * The package.json of an npm tarball. npm drops the first folder of each path, whatever it is called, and a later entry
 * overwrites an earlier one: so that what is read here is what will be installed, all must lie in `package/`, and only one
 * entry may be its package.json.
 *
 * @throws NotATarball
 */
export async function readManifest(bytes: Uint8Array): Promise<JsonObject> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) throw new NotATarball('it is not compressed with gzip');
  const found: Found = { manifests: [], faults: [] };
  const reader = list({ strict: true, onReadEntry: (entry) => take(entry, found) });
  const ended = once(reader, 'end');
  reader.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  await ended.catch((error: unknown) => found.faults.push(messageOf(error)));
  const [text, ...others] = found.manifests;
  const [fault = others.length > 0 ? `it has more than one ${MANIFEST}` : undefined] = found.faults;
  if (fault !== undefined) throw new NotATarball(fault);
  if (text === undefined) throw new NotATarball(`it has no ${MANIFEST}`);
  try {
    return Manifest.parse(parseStrictJson(text.replace(/^\uFEFF/, '')));
  } catch (error) {
    const fault = error instanceof z.ZodError ? (error.issues[0]?.message ?? '') : messageOf(error);
    throw new NotATarball(`its package.json cannot be read: ${fault}`);
  }
}

/** Thrown for bytes that npm would not publish as a package; the message tells the fault. */
export class NotATarball extends Error {
  override readonly name = 'NotATarball';
}

interface Found {
  readonly manifests: string[];
  readonly faults: string[];
}

function take(entry: ReadEntry, { manifests, faults }: Found): void {
  const normal = path.posix.normalize(entry.path);
  if (!normal.startsWith('package/')) faults.push(`it has ${JSON.stringify(entry.path)} outside of package/`);
  if (normal.replace(/\/$/, '') !== MANIFEST) return;
  if (entry.type !== 'File' && entry.type !== 'OldFile') faults.push(`its ${MANIFEST} is no file`);
  if (entry.size > MAX_MANIFEST_BYTES) {
    faults.push(`its package.json is larger than ${MAX_MANIFEST_BYTES} bytes`);
    return;
  }
  const chunks: Uint8Array[] = [];
  entry.on('data', (chunk) => chunks.push(chunk));
  entry.on('end', () => manifests.push(Buffer.concat(chunks).toString('utf8')));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
