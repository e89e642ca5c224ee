import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WorkerQuestion, WorkerSettings } from './worker-settings.ts';

const ENTRY = fileURLToPath(new URL('./worker-process.ts', import.meta.url));

export interface WorkerChild {
  ask(question: WorkerQuestion): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a variant's workers in a process of their own, which ends with this one. */
export async function startWorkerChild(settings: WorkerSettings): Promise<WorkerChild> {
  const child = fork(ENTRY, [JSON.stringify(settings)], {
    execArgv: ['--import', 'tsx', '--expose-gc'],
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ended = once(child, 'exit');
  const answer = async (): Promise<unknown> => {
    const dead = ended.then(([code]) => {
      throw new Error(`The ${settings.variant} worker ended with exit code ${code}; see its output above.`);
    });
    const [message] = (await Promise.race([once(child, 'message'), dead])) as [unknown];
    return message;
  };
  await answer();
  return {
    async ask(question) {
      child.send(question);
      return (await answer()) as number;
    },
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}
