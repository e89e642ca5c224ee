import os from 'node:os';
import type { Worker, WorkerInterceptors } from '@temporalio/worker';
import { startPresence } from './activities/executor-presence.ts';
import type { Presence } from './activities/executor-presence.ts';
import { failure } from './failures.ts';
import type { Store } from './store/open.ts';

/** The worker of one role. */
export interface RoleWorker {
  /** Under which the server knows it. */
  readonly identity: string;
  /** Null for one that asks the server for no work. */
  readonly taskQueue: string | null;
  /** Works until it is shut down, and what had begun by then has settled. */
  run(): Promise<void>;
  /** Begins nothing more. Does nothing when it does not work. */
  shutdown(why?: string): void;
  /** Says that this process ends without waiting for what has begun. Never throws. */
  abandon(why: string): Promise<void>;
}

/** What goes on beside a worker for as long as it works. */
type Companion = () => { stop(): Promise<void> };

export function roleWorker(worker: Worker, companion?: Companion): RoleWorker {
  return {
    identity: worker.options.identity,
    taskQueue: worker.options.taskQueue ?? '',
    async run() {
      const beside = companion?.();
      try {
        await worker.run();
      } finally {
        await beside?.stop();
      }
    },
    shutdown: () => shutDown(worker),
    abandon: () => Promise.resolve(),
  };
}

/** What an executor's worker is made with: its identity on the server is its id in the store. */
export interface ExecutorParts {
  readonly presence: Presence;
  readonly interceptors: WorkerInterceptors;
}

/**
 * The worker of an executor, which tells of itself in the store for as long as it lives.
 *
 * A worker that has been told to end may still be handed what its last polls asked for. It gives effects back unbegun,
 * so that they do not hold up its end; the other work of an executor is done in a moment.
 */
export async function executorWorker(
  store: Store,
  create: (parts: ExecutorParts) => Promise<Worker>,
): Promise<RoleWorker> {
  const presence = await startPresence({ store, host: os.hostname(), pid: process.pid });
  let worker: Worker | undefined;
  try {
    worker = await create({ presence, interceptors: refusingEffects(() => worker?.getState() !== 'RUNNING') });
  } catch (error) {
    await presence.fail(`could not start: ${messageOf(error)}`);
    throw error;
  }
  const made = worker;
  let reason = 'its process ended it';
  return {
    ...roleWorker(made),
    async run() {
      try {
        await made.run();
        await presence.end(reason);
      } catch (error) {
        await presence.fail(`failed: ${messageOf(error)}`);
        throw error;
      }
    },
    shutdown(why = reason) {
      reason = why;
      presence.stopping(why);
      shutDown(made);
    },
    abandon: (why) => presence.fail(why),
  };
}

function refusingEffects(isEnding: () => boolean): WorkerInterceptors {
  return {
    activity: [
      ({ info }) => ({
        inbound: {
          execute(input, next) {
            if (info.activityType !== 'carryOut' || !isEnding()) return next(input);
            throw failure('NothingStarted', 'This executor is ending; another one takes the draft up.');
          },
        },
      }),
    ],
  };
}

function shutDown(worker: Worker): void {
  if (worker.getState() === 'RUNNING') worker.shutdown();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
