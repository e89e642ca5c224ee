import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { RoleWorker } from './role-worker.ts';

export interface PollingOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly workers: readonly Pick<RoleWorker, 'identity' | 'taskQueue'>[];
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

// The server's number for the queue of activities (temporal.api.enums.v1.TaskQueueType); every role has some.
const ACTIVITIES = 2;
const LOOK_AGAIN_MS = 100;
// Status codes of gRPC by which a server says that it will never tell.
const PERMISSION_DENIED = 7;
const UNIMPLEMENTED = 12;

/**
 * Waits until the server has been asked for work by each of the workers. Returns false when the wait was ended. Where
 * this process may not see who asks, it is taken for granted.
 */
export async function untilPolling({ connection, namespace, workers, signal }: PollingOptions): Promise<boolean> {
  for (const { identity, taskQueue } of workers) {
    if (taskQueue === null) continue;
    while (!(await isPolling(connection, namespace, taskQueue, identity))) {
      if (signal.aborted) return false;
      await sleep(LOOK_AGAIN_MS);
    }
  }
  return !signal.aborted;
}

async function isPolling(
  { workflowService }: NativeConnection,
  namespace: string,
  name: string,
  identity: string,
): Promise<boolean> {
  try {
    const { pollers } = await workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name },
      taskQueueType: ACTIVITIES,
    });
    return pollers?.some((poller) => poller.identity === identity) ?? false;
  } catch (error) {
    // A server that does not answer now may do so in a moment.
    return isGrpcServiceError(error) && [PERMISSION_DENIED, UNIMPLEMENTED].includes(error.code);
  }
}
