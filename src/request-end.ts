import { WorkflowFailedError } from '@temporalio/client';
import type { WorkflowClient } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { MandateError } from './mandate-error.ts';

/** What to throw for a request that has no result: `InvalidRequest` or `InvalidInput` where it was refused, else `RequestFailed`. */
export function withoutResult(requestId: string, error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  const { cause } = error;
  if (cause instanceof ApplicationFailure && (cause.type === 'InvalidRequest' || cause.type === 'InvalidInput')) {
    return new MandateError(cause.type, `Request ${requestId} was refused: ${cause.message}`, { cause: error });
  }
  const why = cause?.message ?? error.message;
  return new MandateError('RequestFailed', `Request ${requestId} ended without a result: ${why}`, { cause: error });
}

// The server's number for the last event alone (temporal.api.enums.v1.HistoryEventFilterType).
const CLOSE_EVENT = 2;

/** Why a workflow was closed from outside, and by whom, as Temporal keeps it. */
export async function whyClosed(workflows: WorkflowClient, workflowId: string): Promise<string> {
  const { history } = await workflows.workflowService.getWorkflowExecutionHistory({
    namespace: workflows.options.namespace,
    execution: { workflowId },
    historyEventFilterType: CLOSE_EVENT,
  });
  const terminated = history?.events?.at(-1)?.workflowExecutionTerminatedEventAttributes;
  if (!terminated) return 'its workflow was ended by Temporal';
  const { identity, reason } = terminated;
  return `terminated${identity ? ` by ${identity}` : ''}${reason ? ` (${reason})` : ''}`;
}
