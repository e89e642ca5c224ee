import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dropPersonalToken } from '../config.ts';
import type { Config } from '../config.ts';
import { CommandError } from './errors.ts';
import { executorLog, findLocalExecutor } from './executor-file.ts';
import type { LocalExecutor } from './executor-file.ts';

// A slow machine takes some seconds; past this the server or the database keeps it waiting.
const WORKS_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 50;
const LAST_LINES = 5;

/**
 * Starts an executor that outlives this process, and waits until the server has been asked for work by it. Throws
 * NotStarted with what it said last when it ends before that, or takes a minute.
 */
export async function spawnExecutor(config: Config): Promise<LocalExecutor> {
  const logFile = executorLog(config);
  await mkdir(path.dirname(logFile), { recursive: true, mode: 0o700 });
  const log = await open(logFile, 'a', 0o600);
  const { size: logStart } = await log.stat();
  const args = [...process.execArgv, process.argv[1] ?? '', 'executor', 'start', '--foreground', '--log', logFile];
  const env = { ...process.env };
  dropPersonalToken(env);
  const child = spawn(process.execPath, args, {
    env,
    // In a session of its own: what ends the terminal does not end it.
    detached: true,
    windowsHide: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  try {
    await once(child, 'spawn');
  } finally {
    await log.close();
  }
  child.unref();

  const giveUpAt = Date.now() + WORKS_WITHIN_MS;
  for (;;) {
    const found = await findLocalExecutor(config);
    if (found?.pid === child.pid && found?.phase === 'working') return found;
    if (child.exitCode !== null || child.signalCode !== null) throw await notStarted('it ended', logFile, logStart);
    if (Date.now() > giveUpAt) {
      child.kill('SIGTERM');
      throw await notStarted(`it did not work within ${WORKS_WITHIN_MS / 1_000} s, and was ended`, logFile, logStart);
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

async function notStarted(what: string, logFile: string, logStart: number): Promise<CommandError> {
  const said = (await readFile(logFile)).subarray(logStart).toString().trimEnd().split('\n');
  const errors = said.filter((line) => line.startsWith('mandate: '));
  const why = errors.length > 0 ? errors.map((line) => line.slice('mandate: '.length)) : said.slice(-LAST_LINES);
  return new CommandError('NotStarted', `The executor did not start, ${what}: ${why.join('\n')}`, {
    hint: `Its log is ${logFile}.`,
  });
}
