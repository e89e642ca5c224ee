import { readConfig } from '../config.ts';
import type { Executor, ExecutorCounters, ExecutorStatus } from '../store/executors.ts';
import { EXIT } from './errors.ts';
import { findLocalExecutor } from './executor-file.ts';
import type { LocalExecutor } from './executor-file.ts';
import { pauseText } from './executor-pause.ts';
import { answer, colors, table } from './output.ts';
import { plain } from '../policy/plain-text.ts';
import { localTime, since } from './times.ts';
import { withStore } from './with-store.ts';

const DAY_MS = 86_400_000;

export async function executorStatus({ json = false }: { json?: boolean }): Promise<void> {
  const now = Date.now();
  const status = await withStore(({ executors }) =>
    executors.status({ now: new Date(now).toISOString(), endedAfter: new Date(now - DAY_MS).toISOString() }),
  );
  const local = await findLocalExecutor(readConfig(process.env));
  const here = local === undefined ? null : hereOf(local);
  answer(json, { ...status, here }, () => statusText(status, here));
  process.exitCode = status.alive.length > 0 && status.pause === null ? EXIT.ok : EXIT.denied;
}

type Here = Pick<LocalExecutor, 'pid' | 'phase' | 'startedAt' | 'log'>;

function hereOf({ pid, phase, startedAt, log }: LocalExecutor): Here {
  return { pid, phase, startedAt, log };
}

function statusText({ alive, stopped, lost, counters, pause }: ExecutorStatus, here: Here | null): string {
  const parts = [
    table(
      ['executor', 'process', 'since', 'state', ...Object.keys(counters)],
      alive.map((executor) => [...rowOf(executor), stateOf(executor), ...counts(executor.counters)]),
      'No executor is alive; start one with: mandate executor start',
    ),
    `All executors ever: ${Object.entries(counters)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ')}.`,
  ];
  if (pause !== null) parts.push(colors.yellow(`Paused ${pauseText(pause)}; go on with: mandate executor resume`));
  if (here?.log !== undefined && here.log !== null) parts.push(`The log of process ${here.pid} is ${here.log}.`);
  if (stopped.length > 0) {
    parts.push(
      `Stopped within a day:\n${table(
        ['executor', 'process', 'since', 'until', 'why'],
        stopped.map((executor) => [...rowOf(executor), localTime(executor.seenAt), executor.why ?? '']),
        '',
      )}`,
    );
  }
  if (lost.length > 0) {
    parts.push(
      `Lost within a day, neither seen nor stopped:\n${table(
        ['executor', 'process', 'since', 'last seen'],
        lost.map((executor) => [...rowOf(executor), `${since(executor.seenAt)} ago`]),
        '',
      )}`,
    );
  }
  return parts.join('\n\n');
}

function rowOf({ host, pid, startedAt }: Executor): string[] {
  return [host, String(pid), localTime(startedAt)];
}

function stateOf({ why }: Executor): string {
  return why === null ? 'works' : `ends: ${plain(why)}`;
}

function counts(counters: ExecutorCounters): string[] {
  return Object.values(counters).map(String);
}
