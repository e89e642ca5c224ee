import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { withFileLock } from '../dev/lock.ts';
import type { Store } from '../store/open.ts';
import { CommandError, EXIT } from './errors.ts';
import { executorLock, findLocalExecutor, isRunning } from './executor-file.ts';
import type { LocalExecutor } from './executor-file.ts';
import { readReason } from './executor-pause.ts';
import { findRunning } from './executor-start.ts';
import { answer, remark } from './output.ts';
import { plain } from '../policy/plain-text.ts';
import { since } from './times.ts';
import { whoAmI } from './who-am-i.ts';
import { withStore } from './with-store.ts';

interface StopOptions {
  readonly reason?: string;
  readonly as?: string;
  readonly wait?: number;
  readonly json?: boolean;
}

/** An effect that has begun and has not settled. */
interface Begun {
  readonly draftId: string;
  readonly kind: string;
  readonly run: string;
  readonly since: string;
}

const LOOK_AGAIN_MS = 100;
const TELL_EVERY_MS = 10_000;

export async function stopExecutor({ reason, as, wait, json = false }: StopOptions): Promise<void> {
  const by = whoAmI(as);
  const why = `stopped by ${by}: ${readReason(reason)}`;
  const config = readConfig(process.env);
  const asked = await withFileLock(executorLock(config), {}, () => askToEnd(config, why));
  if (asked === undefined) {
    answer(json, { outcome: 'not_running', pid: null, running: [] }, () => `No executor runs in ${config.dataFolder}.`);
    return;
  }
  const running = await waitForEnd(asked, wait === undefined ? Infinity : Date.now() + wait * 1_000);
  if (running === undefined) {
    answer(json, { outcome: 'stopped', pid: asked.pid, running: [] }, () => `Process ${asked.pid} has ended.`);
    return;
  }
  answer(json, { outcome: 'draining', pid: asked.pid, running }, () => drainingText(asked, running));
  process.exitCode = EXIT.denied;
}

/** Asks once: a second signal would end it without waiting. Undefined when there is none. */
async function askToEnd(config: Config, why: string): Promise<LocalExecutor | undefined> {
  const executor = await findLocalExecutor(config);
  if (executor === undefined) {
    const other = await findRunning(config);
    if (other === undefined) return undefined;
    throw new CommandError(
      'PartOfDev',
      `The executor here is part of mandate dev or mandate run, process ${other.pid ?? 'unknown'}.`,
      { hint: 'End that process; or let nothing be begun, with: mandate executor pause' },
    );
  }
  if (executor.phase === 'draining') return executor;
  const { id, pid } = executor;
  if (id !== null) {
    await withStore(({ executors }) => executors.stopping(id, why)).catch((error: unknown) => {
      remark(`The reason could not be kept: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  process.kill(pid, 'SIGTERM');
  for (;;) {
    const now = await findLocalExecutor(config);
    if (now?.pid !== pid || now.phase === 'draining') return executor;
    await sleep(LOOK_AGAIN_MS);
  }
}

/** What it still waits for when our patience is over; undefined when it has ended. */
async function waitForEnd(executor: LocalExecutor, giveUpAt: number): Promise<Begun[] | undefined> {
  for (let tellAt = Date.now() + LOOK_AGAIN_MS * 5; await isRunning(executor); await sleep(LOOK_AGAIN_MS)) {
    if (Date.now() > giveUpAt) return begunBy(executor);
    if (Date.now() < tellAt) continue;
    remark(drainingText(executor, await begunBy(executor)));
    tellAt = Date.now() + TELL_EVERY_MS;
  }
  return undefined;
}

/** Empty, too, where the database does not answer: the executor ends all the same. */
async function begunBy({ id }: LocalExecutor): Promise<Begun[]> {
  const olderThan = new Date().toISOString();
  const unsettled = await withStore((store) => store.claims.unsettled({ olderThan })).catch(
    (): Awaited<ReturnType<Store['claims']['unsettled']>> => [],
  );
  return unsettled
    .filter(({ worker }) => id === worker || id?.startsWith(`${worker}/`))
    .map(({ draftId, kind, run, time }) => ({ draftId, kind, run, since: time }));
}

function drainingText({ pid }: LocalExecutor, running: readonly Begun[]): string {
  const effects = running.map(
    ({ draftId, kind, run, since: begun }) =>
      `  ${plain(kind)}, draft ${plain(draftId)} of run ${plain(run)}, begun ${since(begun)} ago`,
  );
  return [`Process ${pid} begins nothing more and waits for what has begun:`, ...effects].join('\n');
}
