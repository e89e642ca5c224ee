import { setTimeout as sleep } from 'node:timers/promises';
import { dispatchWorkflowId } from '../src/contract/ids.ts';
import type { Environment } from './environment.ts';
import type { Operator } from './operator.ts';
import type { Population } from './population.ts';
import { settleUnknowns } from './reconciler.ts';

const LOOK_MS = 1_000;
const CONCURRENCY = 16;

/**
 * Everybody is back and nothing is disturbed any more: waits until every draft has its end and every claim its
 * settlement, by the receiver's counts where nobody knows. Returns whether that came about in time.
 */
export async function comeToRest(
  environment: Environment,
  { population, operator, until }: { population: Population; operator: Operator; until: number },
): Promise<boolean> {
  const { store } = environment;
  let open: readonly string[] = population.ids;
  while (Date.now() < until) {
    open = await stillOpen(environment, open);
    const unsettled = await store.claims.unsettled({ olderThan: new Date(Date.now() + 1_000).toISOString() });
    if (open.length === 0 && unsettled.length === 0) {
      // What a sweep took up in the meantime may run under an id that had ended.
      open = await stillOpen(environment, population.ids);
      if (open.length === 0) return true;
    }
    await operator.unpauseAll(open);
    await settleUnknowns(environment);
    await sleep(LOOK_MS);
  }
  return false;
}

async function stillOpen({ client, calls }: Environment, draftIds: readonly string[]): Promise<string[]> {
  const left = [...draftIds];
  const open: string[] = [];
  const look = async (): Promise<void> => {
    for (let draftId = left.pop(); draftId !== undefined; draftId = left.pop()) {
      const workflowId = dispatchWorkflowId(draftId);
      const seen = await calls.attempt('look at a dispatch', () => client.workflow.getHandle(workflowId).describe());
      if (seen === undefined || seen.status.name === 'RUNNING' || seen.status.name === 'PAUSED') open.push(draftId);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, look));
  return open;
}
