import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowClient } from '@temporalio/client';
import { Orphan, SignedDraft } from './contract/draft.ts';
import { dispatchWorkflowId } from './contract/ids.ts';
import { describeIssues } from './contract/issues.ts';
import type { Claim } from './store/claim.ts';
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
const LOOKING_AFTER: ReadonlySet<string> = new Set(['dispatch', 'reconciliation']);
// Characters, of up to four bytes each; the server takes 1,000 bytes.
const MAX_WORKFLOW_ID = 250;

/**
 * Looks for claims that nobody looks after: not settled, and their dispatch was terminated or deleted. Each is taken up
 * by a `reconciliation` under its dispatch's id, so that any number of processes may sweep and one takes it up.
 */
export function startSweep({ everyMs = EVERY_MS, ...options }: SweepOptions): Sweep {
  const stopping = new AbortController();
  let sweeping: Promise<void> | undefined;
  const sweep = (): void => {
    // One that takes longer than it should is not followed by all that it held up.
    sweeping ??= sweepOnce(options, stopping.signal)
      .catch(options.onTrouble)
      .finally(() => {
        sweeping = undefined;
      });
  };
  sweep();
  const timer = setInterval(sweep, everyMs).unref();
  return {
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await sweeping;
    },
  };
}

async function sweepOnce(
  { workflows, store, olderThanMs = OLDER_THAN_MS, onTrouble }: SweepOptions,
  stopping: AbortSignal,
): Promise<void> {
  const olderThan = new Date(Date.now() - olderThanMs).toISOString();
  for (const claim of await store.claims.unsettled({ olderThan })) {
    if (stopping.aborted) return;
    try {
      if (await isLookedAfter(claim, workflows)) continue;
      // Its dispatch may have settled it and ended since it was listed.
      const now = await store.claims.get(claim.draftId);
      if (now?.settlement === null) await takeUp(now, workflows);
    } catch (error) {
      // One that cannot be taken up must not hide the others.
      onTrouble(error);
    }
  }
}

async function isLookedAfter({ draftId, owner }: Claim, workflows: WorkflowClient): Promise<boolean> {
  // The owner may have been tampered with, and then the one that runs under the dispatch's id is who took the claim up.
  for (const workflowId of new Set([dispatchWorkflowId(draftId), owner])) {
    if (isWorkflowId(workflowId) && (await runs(workflowId, workflows))) return true;
  }
  return false;
}

async function runs(workflowId: string, workflows: WorkflowClient): Promise<boolean> {
  try {
    const { status, type } = await workflows.getHandle(workflowId).describe();
    return LOOKING_AFTER.has(type) && (status.name === 'RUNNING' || status.name === 'PAUSED');
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function takeUp(claim: Claim, workflows: WorkflowClient): Promise<void> {
  const orphan = orphanOf(claim);
  try {
    await workflows.start('reconciliation', {
      taskQueue: TASK_QUEUES.worker,
      workflowId: dispatchWorkflowId(orphan.id),
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      args: [orphan],
      staticSummary: summary(`${orphan.kind}: its dispatch is gone, its outcome is looked for`),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** A row that was changed may hold anything; a person can settle it all the same, as long as its draft has a name. */
function orphanOf({ draftId: id, owner, digest, proposed, kind, run, agent, signed }: Claim): Orphan {
  const kept = SignedDraft.safeParse(signed);
  const isWhole = kept.success && kept.data.draft.id === id && kept.data.draft.digest === digest;
  const given = {
    id,
    kind: readable(kind),
    run: readable(run),
    agent: readable(agent),
    digest,
    ...(proposed === undefined ? {} : { proposed }),
    ...(owner === dispatchWorkflowId(id) ? {} : { owner }),
    ...(isWhole ? { signed: kept.data } : {}),
  };
  const orphan = Orphan.safeParse(given);
  if (orphan.success) return orphan.data;
  throw new Error(
    `The claim of draft ${JSON.stringify(id)} is not settled and cannot be taken up: ${describeIssues(orphan.error, given)} ` +
      'Its row in effect_claims was changed; restore it from a backup.',
  );
}

/** What the ledger and a list can show. */
function readable(text: string): string {
  const shown = text.slice(0, 200).replaceAll(/[\p{Cc}\p{Cs}]/gu, '?');
  return shown === '' ? 'unreadable' : shown;
}

function isWorkflowId(text: string): boolean {
  return text !== '' && text.length <= MAX_WORKFLOW_ID && !/[\p{Cc}\p{Cs}]/u.test(text);
}
