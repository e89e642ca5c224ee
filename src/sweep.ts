import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowClient } from '@temporalio/client';
import { SignedDraft } from './contract/draft.ts';
import type { Orphan } from './contract/draft.ts';
import type { Claim } from './store/claims.ts';
import type { Store } from './store/open.ts';
import { summary } from './workflows/server-limits.ts';
import { TASK_QUEUES } from './workflows/task-queues.ts';

export interface Sweep {
  stop(): Promise<void>;
}

export interface SweepOptions {
  readonly workflows: WorkflowClient;
  readonly store: Pick<Store, 'claims'>;
  /** Default: 15 seconds. */
  readonly everyMs?: number;
  /** Younger claims are left to their attempts. Default: 30 seconds. */
  readonly olderThanMs?: number;
  /** Told what could not be done; it is tried again with the next sweep. */
  readonly onTrouble: (trouble: unknown) => void;
}

// Both together keep within the minute in which a claim without a settlement has to show.
const EVERY_MS = 15_000;
const OLDER_THAN_MS = 30_000;

/**
 * Looks for claims that nobody looks after: not settled, and their dispatch was terminated or deleted. Each is taken up
 * by a `reconciliation` under the dispatch's id, so that any number of processes may sweep and one takes it up.
 */
export function startSweep({ everyMs = EVERY_MS, ...options }: SweepOptions): Sweep {
  let sweeping = Promise.resolve();
  const sweep = (): void => {
    sweeping = sweeping.then(() => sweepOnce(options)).catch(options.onTrouble);
  };
  sweep();
  const timer = setInterval(sweep, everyMs).unref();
  return {
    stop() {
      clearInterval(timer);
      return sweeping;
    },
  };
}

async function sweepOnce({ workflows, store, olderThanMs = OLDER_THAN_MS, onTrouble }: SweepOptions): Promise<void> {
  const olderThan = new Date(Date.now() - olderThanMs).toISOString();
  for (const claim of await store.claims.unsettled({ olderThan })) {
    try {
      if (!(await isLookedAfter(claim, workflows))) await takeUp(claim, workflows);
    } catch (error) {
      // One that cannot be taken up must not hide the others.
      onTrouble(error);
    }
  }
}

async function isLookedAfter({ owner }: Claim, workflows: WorkflowClient): Promise<boolean> {
  try {
    const { status } = await workflows.getHandle(owner).describe();
    return status.name === 'RUNNING' || status.name === 'PAUSED';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function takeUp(
  { draftId: id, owner, kind, run, agent, digest, signed }: Claim,
  workflows: WorkflowClient,
): Promise<void> {
  // A row that was changed may hold anything; a person can settle it all the same.
  const readable = SignedDraft.safeParse(signed);
  const orphan: Orphan = { id, kind, run, agent, digest, ...(readable.success ? { signed: readable.data } : {}) };
  try {
    await workflows.start('reconciliation', {
      taskQueue: TASK_QUEUES.worker,
      workflowId: owner,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      args: [orphan],
      staticSummary: summary(`${kind}: its dispatch is gone, its outcome is looked for`),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
