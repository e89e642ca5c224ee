import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { withFileLock } from './lock.ts';
import type { TemporalPin, TemporalProgram } from './temporal-pin.ts';
import type { WayOptions } from './temporal-way.ts';

const VERSION_TIMEOUT_MS = 15_000;
const SCRATCH_PREFIX = 'making-';

/** Where the pinned build of a program is kept. */
export function cachedPath(cacheFolder: string, pin: TemporalPin, program: TemporalProgram): string {
  return join(cacheFolder, 'temporal', pin.cacheKey, executableName(program.name));
}

export function executableName(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
}

/** What `<path> --version` says, or undefined when it cannot be run or says no version. */
export async function versionOf(path: string): Promise<string | undefined> {
  const { stdout, failed } = await execa(path, ['--version'], { reject: false, timeout: VERSION_TIMEOUT_MS });
  return failed ? undefined : /version v?(\d+\.\d+\.\d+[^\s)]*)/.exec(stdout)?.[1];
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Makes a cached program once for all processes on this machine: under a lock, in a scratch folder, tried, then renamed into place.
 * Answers 'cache' when another process made it meanwhile, else what `make` answers. `make` writes the program to the path it is given.
 */
export async function makeOnce<S extends string>(
  program: TemporalProgram,
  path: string,
  options: WayOptions,
  make: (target: string) => Promise<S>,
): Promise<S | 'cache'> {
  const folder = dirname(path);
  const onWait = (seconds: number): void =>
    options.onProgress(`Waiting for another process that is getting ${program.title} (${seconds} s).`);
  return withFileLock(join(folder, 'lock'), { onWait, signal: options.signal }, async () => {
    if (await versionOf(path)) return 'cache';
    await removeLeftovers(folder);
    const scratch = join(folder, `${SCRATCH_PREFIX}${randomUUID()}`);
    await mkdir(scratch);
    try {
      const target = join(scratch, executableName(program.name));
      const source = await make(target);
      if (!(await versionOf(target))) {
        throw new Error(`${target} was made but prints no version; remove ${folder} and try again.`);
      }
      await rename(target, path);
      return source;
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

// A maker that was killed leaves its scratch folder behind; nobody else has one while we hold the lock.
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(SCRATCH_PREFIX)) await rm(join(folder, name), { recursive: true, force: true });
  }
}
