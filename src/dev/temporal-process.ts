import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

// The server closes its database within a second; past this it is stuck.
const STOP_TIMEOUT_MS = 10_000;
const LAST_LINES = 12;

// The shell becomes the server. Its helper, in the same process group, holds the reading end of our pipe: when that closes without a
// word, we are gone (killed, perhaps), and the server goes too. While the helper lives the group's id cannot be another's.
// What it writes is for this user only.
const SUPERVISED = `
umask 077
exec 3<&0
( cat <&3; kill -TERM $$; sleep 10; kill -KILL $$ ) >/dev/null 2>&1 &
exec "$@" </dev/null 3<&-`;

/** A server process that ends with this one, however this one ends; Ctrl-C in the terminal does not reach it. */
export interface ServerProcess {
  readonly pid: number;
  hasEnded(): boolean;
  /** The last lines it wrote. */
  lastLines(): Promise<string>;
  /** Ends it: politely, and after ten seconds by force. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Spawns a server whose output is appended to `logFile` (default: a temporary file, removed on stop).
 * Throws when the program cannot be started at all.
 */
export async function spawnServer(
  program: string,
  args: readonly string[],
  options: { logFile?: string | undefined; env?: NodeJS.ProcessEnv } = {},
): Promise<ServerProcess> {
  const logPath = options.logFile ?? join(tmpdir(), `mandate-server-${randomUUID()}.log`);
  await mkdir(dirname(logPath), { recursive: true });
  const log = await open(logPath, 'a');
  const { size: logStart } = await log.stat();
  // Windows has no shell of this kind and no process groups: there the server ends when we exit in good order.
  const supervised = process.platform !== 'win32';
  const child = spawn(supervised ? 'sh' : program, supervised ? ['-c', SUPERVISED, 'sh', program, ...args] : args, {
    detached: supervised,
    windowsHide: true,
    env: options.env ?? process.env,
    stdio: ['pipe', log.fd, log.fd],
  });
  try {
    await once(child, 'spawn');
  } finally {
    await log.close();
  }

  const kill = (signal: NodeJS.Signals): void => killGroup(child, supervised, signal);
  const onExit = (): void => {
    kill('SIGKILL');
    if (options.logFile === undefined) rmSync(logPath, { force: true });
  };
  process.once('exit', onExit);
  // Neither the process nor its pipe keeps this one running.
  child.unref();
  (child.stdin as Socket).unref();

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    process.off('exit', onExit);
    const ended = hasEnded(child) ? undefined : once(child, 'exit');
    kill('SIGTERM');
    if (ended) {
      child.ref();
      const force = setTimeout(() => kill('SIGKILL'), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(force);
    }
    if (options.logFile === undefined) await rm(logPath, { force: true });
  };

  return {
    pid: child.pid as number,
    hasEnded: () => hasEnded(child),
    lastLines: async () => {
      const written = (await readFile(logPath)).subarray(logStart).toString();
      return written.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
    },
    stop: () => (stopping ??= stop()),
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function killGroup(child: ChildProcess, supervised: boolean, signal: NodeJS.Signals): void {
  if (!supervised) {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-(child.pid as number), signal);
  } catch (error) {
    // Every member of the group has gone already; macOS says EPERM while the last one is not yet reaped.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
