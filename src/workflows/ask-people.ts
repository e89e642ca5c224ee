import { ApplicationFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { proxyActivities, startChild } from '@temporalio/workflow';
import type { ChildWorkflowHandle } from '@temporalio/workflow';
import type { WorkerActivities } from '../activities/index.ts';
import type { ApprovalRequestInput, ApprovalResult } from '../contract/approval-request.ts';
import { approvalWorkflowId } from '../contract/ids.ts';
import { tooLarge } from '../contract/request-size.ts';
import type { approval } from './approval.ts';
import { TASK_QUEUES } from './task-queues.ts';

// For the workflows of other programs. No schema is imported here: it would cost each of their workflows its loading.

export type { ApprovalRequestInput, ApprovalResult } from '../contract/approval-request.ts';
export { approvalWorkflowId } from '../contract/ids.ts';

// Drawn by Mandate's own worker: what a workflow draws itself comes from a seed that stands in its history.
const drawn = proxyActivities<Pick<WorkerActivities, 'drawRequestId'>>({
  taskQueue: TASK_QUEUES.worker,
  startToCloseTimeout: '10 seconds',
});

/** An id for a request: 144 random bits. */
export function newRequestId(): Promise<string> {
  return drawn.drawRequestId();
}

export interface AskOptions {
  /** Under which id to ask. Default: a new one. */
  readonly requestId?: string;
  /** Told under which id people are asked, as soon as they are. */
  readonly onAsked?: (requestId: string) => void;
}

/**
 * Asks people for a decision, from a workflow of any program in Mandate's namespace, and waits for how it ends. Cancelling
 * the workflow withdraws the request.
 *
 * Fails (a `ChildWorkflowFailure`; its cause has the type `InvalidInput` or `InvalidRequest`) when the request could not
 * be put before anybody; an `ApplicationFailure` of the type `InvalidInput` when it is too large even to be sent.
 */
export async function askPeople(request: ApprovalRequestInput, options: AskOptions = {}): Promise<ApprovalResult> {
  const message = tooLarge(request);
  if (message !== undefined) throw ApplicationFailure.nonRetryable(message, 'InvalidInput');
  const [requestId, child] = await start(request, options.requestId);
  options.onAsked?.(requestId);
  return child.result();
}

type Started = [requestId: string, child: ChildWorkflowHandle<typeof approval>];

async function start(request: ApprovalRequestInput, given: string | undefined): Promise<Started> {
  const requestId = given ?? (await newRequestId());
  try {
    const child = await startChild<typeof approval>('approval', {
      taskQueue: TASK_QUEUES.worker,
      workflowId: approvalWorkflowId(requestId),
      args: [request],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      parentClosePolicy: 'REQUEST_CANCEL',
    });
    return [requestId, child];
  } catch (error) {
    // A workflow that was reset has drawn this id before, and asked under it; what was answered then is not this one's.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError) || given !== undefined) throw error;
    return start(request, undefined);
  }
}
