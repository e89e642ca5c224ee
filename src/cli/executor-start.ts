import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { prepareDataFolder } from '../dev/data-folder.ts';
import { findEnvironment } from '../dev/environment.ts';
import { withFileLock } from '../dev/lock.ts';
import { processIdentity } from '../dev/process-identity.ts';
import { runWorkerProcess } from '../worker-process.ts';
import { CommandError } from './errors.ts';
import { spawnExecutor } from './executor-child.ts';
import { describeLocalExecutor, executorLock, findLocalExecutor, forgetLocalExecutor } from './executor-file.ts';
import type { LocalExecutor } from './executor-file.ts';
import { answer, remark } from './output.ts';
import { localTime } from './times.ts';

interface StartOptions {
  readonly foreground?: boolean;
  readonly log?: string;
  readonly json?: boolean;
}

/** An executor that there is, in a process of its own or in that of `mandate dev`. */
interface Running {
  readonly pid: number | null;
  readonly startedAt: string | null;
  readonly log: string | null;
  readonly inDev: boolean;
}

export async function startExecutor({ foreground = false, log, json = false }: StartOptions): Promise<void> {
  const config = readConfig(process.env);
  await prepareDataFolder(config.dataFolder, remark);
  if (foreground) return runInForeground(config, log);
  const onWait = (seconds: number): void => {
    if (seconds > 0) remark(`Another command is starting or ending the executor here (${seconds} s)`);
  };
  const found = await withFileLock(executorLock(config), { onWait }, async () => {
    const running = await findRunning(config);
    if (running !== undefined) return { outcome: 'already_running', ...running };
    const { pid, startedAt, log: logFile } = await spawnExecutor(config);
    return { outcome: 'started', pid, startedAt, log: logFile, inDev: false };
  });
  answer(json, found, () => `${found.outcome === 'started' ? 'Started' : 'Runs already'}: ${runningText(found)}`);
}

/** What runs here and takes up new drafts. One that ends takes up none, so that another may start beside it. */
export async function findRunning(config: Config): Promise<Running | undefined> {
  const local = await findLocalExecutor(config);
  if (local !== undefined && local.phase !== 'draining') {
    const { pid, startedAt, log } = local;
    return { pid, startedAt, log, inDev: false };
  }
  const environment = await findEnvironment({ config, env: process.env });
  await environment?.close();
  if (environment?.source !== 'dev') return undefined;
  return { pid: environment.pid ?? null, startedAt: null, log: null, inDev: true };
}

async function runInForeground(config: Config, log: string | undefined): Promise<void> {
  let described: LocalExecutor | undefined;
  const describe = (changes: Partial<LocalExecutor>): void => {
    if (described === undefined) return;
    described = { ...described, ...changes };
    describeLocalExecutor(config, described);
  };
  const begin = async (): Promise<void> => {
    const running = await findRunning(config);
    if (running !== undefined) {
      throw new CommandError('AlreadyRunning', `An executor runs here already: ${runningText(running)}`, {
        hint: 'Leave it, or end it first; another MANDATE_DATA is another one.',
      });
    }
    const identity = (await processIdentity(process.pid)) ?? '';
    const startedAt = new Date().toISOString();
    described = { pid: process.pid, identity, startedAt, log: log ?? null, phase: 'starting', id: null };
    describe({});
  };
  // Who started this process with a log holds the lock until it works.
  await (log === undefined ? withFileLock(executorLock(config), {}, begin) : begin());
  try {
    await runWorkerProcess(['executor'], log === undefined ? remark : remarkWithTime, {
      onPolling: async ([id = null]) => describe({ id, ...(described?.phase === 'starting' && { phase: 'working' }) }),
      onDraining: () => describe({ phase: 'draining' }),
    });
  } finally {
    forgetLocalExecutor(config);
  }
}

function remarkWithTime(line: string): void {
  remark(`${new Date().toISOString()} ${line}`);
}

function runningText({ pid, startedAt, log, inDev }: Running): string {
  if (inDev) return `that of mandate dev or mandate run, process ${pid ?? 'unknown'}`;
  const since = startedAt === null ? '' : ` since ${localTime(startedAt)}`;
  return `process ${pid ?? 'unknown'}${since}${log === null ? '' : `, its log is ${log}`}`;
}
