import { chmod, lstat, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { BadConfiguration } from '../config.ts';

/**
 * Makes the data folder, or makes sure of the one that is there: that it can be written, and that nobody else reads what
 * this user keeps in it. `warn` is told of what others can read and we may not change. Throws BadConfiguration.
 */
export async function prepareDataFolder(folder: string, warn: (line: string) => void): Promise<void> {
  await makeFolder(folder).catch((cause: unknown) => {
    throw unusable(folder, codeOf(cause), cause);
  });
  const { todo } = await examineDataFolder(folder);
  await probe(folder);
  await closeDataFiles(folder);
  if (todo === undefined) return;
  if (await isOurAlone(folder)) {
    await chmod(folder, 0o700);
    return;
  }
  warn(todo);
}

/** What is wrong with a data folder that is there. Changes nothing. Throws BadConfiguration where it is no folder. */
export async function examineDataFolder(folder: string): Promise<{ readonly todo?: string }> {
  const found = await stat(folder).catch((cause: unknown) => {
    throw unusable(folder, codeOf(cause), cause);
  });
  if (!found.isDirectory()) throw unusable(folder, 'EEXIST');
  if (process.platform === 'win32' || (found.mode & 0o077) === 0) return {};
  const mode = (found.mode & 0o777).toString(8);
  return {
    todo: `Others can look into the data folder ${folder} (mode ${mode}): chmod 700 it, or set MANDATE_DATA to a folder of its own.`,
  };
}

/** Closes the files of databases to others, also those that were made when nobody thought of it. */
async function closeDataFiles(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  for (const name of await readdir(folder)) {
    if (!DATA_FILES.test(name)) continue;
    const file = path.join(folder, name);
    const found = await lstat(file).catch(() => undefined);
    // One that is gone already needs nothing; a link leads to what may not be ours to change.
    if (found?.isFile() !== true || found.uid !== process.getuid?.() || (found.mode & 0o077) === 0) continue;
    await chmod(file, 0o600);
  }
}

const DATA_FILES = /^(?:mandate\.db|temporal\.db|dev\.(?:lock|json)|executor\.(?:lock|json|log))/;
const OURS = new RegExp(`${DATA_FILES.source}|^(?:draft-key\\.json|artifacts$|workspaces$|registries$)`);

/** A folder that holds something else, such as a home or /tmp, is not ours to close, whoever owns it. */
async function isOurAlone(folder: string): Promise<boolean> {
  if ((await stat(folder)).uid !== process.getuid?.()) return false;
  return (await readdir(folder)).every((name) => OURS.test(name));
}

/** Not by `recursive`: where nothing can be made, as in /proc, that goes on for ever. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    if (codeOf(error) !== 'ENOENT' || path.dirname(folder) === folder) throw error;
    await makeFolder(path.dirname(folder));
    await mkdir(folder, { mode: 0o700 });
  }
}

/** Permissions do not tell of all that can be in the way, such as a file system that nobody may write. */
async function probe(folder: string): Promise<void> {
  const file = path.join(folder, `dev.json.${process.pid}.probe`);
  try {
    await (await open(file, 'w', 0o600)).close();
    await rm(file);
  } catch (cause) {
    throw unusable(folder, codeOf(cause), cause);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'it is a file',
  ENOTDIR: 'it is a file, or lies below one',
  ENOENT: 'nothing can be made there',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'its file system can only be read',
  ENOSPC: 'its file system is full',
};

function unusable(folder: string, code: string, cause?: unknown): BadConfiguration {
  const why = REASONS[code] ?? code;
  return new BadConfiguration(
    `The data folder ${folder} cannot be used: ${why}; set MANDATE_DATA to a folder that this user may write.`,
    { cause },
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
