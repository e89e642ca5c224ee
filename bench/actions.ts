import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { Variant } from './variant.ts';

// Asking more often would only slow down what is measured.
const POLL_MS = 200;
const GIVE_UP_AFTER_MS = 300_000;
// Started, scheduled: until more is there, the first task has not been done.
const FIRST_TASK_EVENTS = 3;
// Requests of the benchmark's own client that are under way at once.
const CONCURRENCY = 32;

export function newIds(count: number): string[] {
  return Array.from({ length: count }, () => randomBytes(18).toString('base64url'));
}

/** Starts the actions and returns when each of them waits for its approval. */
export async function park(client: Client, variant: Variant, ids: readonly string[]): Promise<void> {
  await forEachAtOnce(ids, (id) => variant.start(id));
  await forEachAtOnce(ids, (id) => untilWaiting(client, variant.waitingId(id)));
}

/** Approves the actions and returns when the last has ended. */
export async function approveAll(client: Client, variant: Variant, ids: readonly string[]): Promise<void> {
  await forEachAtOnce(ids, (id) => variant.approve(id));
  await untilNoneIsOpen(client, variant.workflowType);
}

/** Does the same for each, a few at a time. */
export async function forEachAtOnce(ids: readonly string[], work: (id: string) => Promise<unknown>): Promise<void> {
  const left = [...ids];
  const one = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) await work(id);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, one));
}

/** A workflow waits when it is there and has done what it was given to do. */
async function untilWaiting({ workflow }: Client, workflowId: string): Promise<void> {
  await poll(`workflow ${workflowId} to wait`, async () => {
    try {
      const { raw, historyLength } = await workflow.getHandle(workflowId).describe();
      return !raw.pendingWorkflowTask && historyLength > FIRST_TASK_EVENTS;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  });
}

async function untilNoneIsOpen({ workflow }: Client, type: string): Promise<void> {
  const query = `WorkflowType = "${type}" AND ExecutionStatus = "Running"`;
  await poll(`all workflows of type ${type} to end`, async () => (await workflow.count(query)).count === 0);
}

async function poll(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + GIVE_UP_AFTER_MS;
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error(`Waited ${GIVE_UP_AFTER_MS / 1000} s for ${what}, in vain.`);
    await sleep(POLL_MS);
  }
}
