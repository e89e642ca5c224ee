import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client, WorkflowHandle, WorkflowStartOptions } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { digestOf } from './contract/canonical.ts';
import { grantAction, GrantInput } from './contract/grant.ts';
import type { GrantOutcome, GrantRequest } from './contract/grant.ts';
import { grantWorkflowId } from './contract/ids.ts';
import { describeFaults, faultsOf } from './contract/issues.ts';
import { refusalOfApprovers, refusalOfMandate, refusalOfRequest } from './policy/admit-mandate.ts';
import { mandateInWords } from './policy/mandate-words.ts';
import { grantStateQuery } from './workflows/messages.ts';
import { summary } from './workflows/server-limits.ts';
import { TASK_QUEUES } from './workflows/task-queues.ts';
import { MandateError } from './mandate-error.ts';

/** A grant that people are asked about. */
export interface StartedGrant {
  readonly mandateId: string;
  readonly workflowId: string;
  /** How it stands now: who is asked, once they are. */
  state(): Promise<GrantOutcome>;
  /** Waits for how it ends. */
  result(): Promise<GrantOutcome>;
}

/** Starts, or finds, the workflow that asks. */
export async function startGrant(
  start: (options: WorkflowStartOptions) => Promise<WorkflowHandle>,
  request: GrantRequest,
): Promise<StartedGrant> {
  const { mandate } = admitGrant(request);
  const digest = digestOf(grantAction(mandate));
  const handle = await start({
    taskQueue: TASK_QUEUES.worker,
    workflowId: grantWorkflowId(mandate.id),
    args: [request],
    staticSummary: summary(`standing approval: ${mandateInWords(mandate)}`),
  });
  const ofThis = (outcome: GrantOutcome): GrantOutcome => {
    if (outcome.digest === digest) return outcome;
    throw new MandateError(
      'InvalidInput',
      `Mandate ${mandate.id} is another one (${outcome.digest}, not ${digest}); give each mandate an id of its own.`,
    );
  };
  return {
    mandateId: mandate.id,
    workflowId: handle.workflowId,
    state: async () => ofThis(await handle.query(grantStateQuery)),
    result: async () => ofThis((await handle.result()) as GrantOutcome),
  };
}

export type TakenBack = GrantOutcome['status'] | 'taken_back';

// A worker that is there ends it within moments.
const ENDED_WITHIN_MS = 15_000;

/**
 * Takes back a grant that waits for people, and tells how it has ended, now or long ago: what they decided before counts.
 * `taken_back` when this is why; `pending` when no worker has ended it in time; undefined when nobody has asked for one.
 */
export async function takeBackGrant(
  client: Client,
  mandateId: string,
  withinMs = ENDED_WITHIN_MS,
): Promise<TakenBack | undefined> {
  const handle = client.workflow.getHandle(grantWorkflowId(mandateId));
  try {
    // The server takes it for one that has ended too.
    await handle.cancel();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
  const late = sleep(withinMs, 'pending' as const, { ref: false });
  return Promise.race([endOf(handle), late]);
}

async function endOf(handle: WorkflowHandle): Promise<TakenBack> {
  try {
    const { status } = (await handle.result()) as GrantOutcome;
    return status === 'cancelled' && (await wasTakenBack(handle)) ? 'taken_back' : status;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    // Refused at its start, or ended by Temporal alone.
    return error.cause instanceof ApplicationFailure ? 'refused' : 'cancelled';
  }
}

/** Its request may have been ended by others: superseded, or terminated. */
async function wasTakenBack(handle: WorkflowHandle): Promise<boolean> {
  const { events } = await handle.fetchHistory();
  return events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes) ?? false;
}

/** Refuses what could not be granted, before anything is started. */
function admitGrant(request: GrantRequest): GrantInput {
  const parsed = GrantInput.safeParse(request);
  if (!parsed.success) {
    const faults = faultsOf(parsed.error, request);
    throw new MandateError('InvalidInput', describeFaults(faults), { faults });
  }
  const { mandate, approval } = parsed.data;
  const refusal =
    refusalOfMandate(mandate, Date.now()) ?? refusalOfApprovers(mandate, approval) ?? refusalOfRequest(parsed.data);
  if (refusal !== undefined) throw new MandateError('InvalidInput', refusal);
  return parsed.data;
}
