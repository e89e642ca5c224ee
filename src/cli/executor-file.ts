import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { processIdentity } from '../dev/process-identity.ts';

/**
 * The executor of a data folder on this machine, as it describes itself in a file there. The identity is compared with
 * that of the process, so that another one that was given the same id later is never taken for it.
 */
export const LocalExecutor = z.strictObject({
  pid: z.int(),
  identity: z.string(),
  startedAt: z.iso.datetime(),
  /** Null when it writes to standard error only. */
  log: z.string().nullable(),
  phase: z.enum(['starting', 'working', 'draining']),
  /** Its id in the store; null until it works. */
  id: z.string().nullable(),
});
export type LocalExecutor = z.infer<typeof LocalExecutor>;

export async function findLocalExecutor(config: Config): Promise<LocalExecutor | undefined> {
  const text = await readFile(fileOf(config), 'utf8').catch(() => undefined);
  const described = text === undefined ? undefined : parse(text);
  return described !== undefined && (await isRunning(described)) ? described : undefined;
}

export async function isRunning({ pid, identity }: LocalExecutor): Promise<boolean> {
  return (await processIdentity(pid)) === identity;
}

/** In one step: whoever reads sees all of it. Not awaited, since it is written when a signal comes, too. */
export function describeLocalExecutor(config: Config, executor: LocalExecutor): void {
  const staging = `${fileOf(config)}.${process.pid}`;
  writeFileSync(staging, JSON.stringify(executor), { mode: 0o600 });
  renameSync(staging, fileOf(config));
}

/** Takes the file away if it is that of this process. */
export function forgetLocalExecutor(config: Config): void {
  try {
    if (parse(readFileSync(fileOf(config), 'utf8'))?.pid !== process.pid) return;
    rmSync(fileOf(config), { force: true });
  } catch {
    // It is gone, or cannot be taken away: then it describes a process that has ended, and nobody believes it.
  }
}

/** Only one at a time may start or end the executor of a data folder. */
export function executorLock({ dataFolder }: Config): string {
  return path.join(dataFolder, 'executor.lock');
}

export function executorLog({ dataFolder }: Config): string {
  return path.join(dataFolder, 'executor.log');
}

function fileOf({ dataFolder }: Config): string {
  return path.join(dataFolder, 'executor.json');
}

function parse(text: string): LocalExecutor | undefined {
  try {
    return LocalExecutor.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
