import { access, constants, lstat, stat } from 'node:fs/promises';
import path from 'node:path';

/** What lies at a place itself, be it a link; undefined when nothing does. */
export async function lstatIfThere(place: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(place);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether the folder is there. Throws for anything else that is there, a link among it: it could lead anywhere. */
export async function isRealFolder(place: string): Promise<boolean> {
  const found = await lstatIfThere(place);
  if (found === undefined || found.isDirectory()) return found !== undefined;
  throw new Error(`${place} is ${found.isSymbolicLink() ? 'a link' : 'a file'}, not a folder; move it away.`);
}

/** Throws when the folder, or where it would have to be made, cannot be written to. */
export async function mustBeWritable(folder: string): Promise<void> {
  const found = await stat(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  });
  if (found === undefined) return mustBeWritable(path.dirname(folder));
  if (!found.isDirectory()) throw new Error(`${folder} is a file, not a folder; move it away.`);
  await access(folder, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw new Error(`this process may not write to ${folder}; change its owner or mode.`, { cause });
  });
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
