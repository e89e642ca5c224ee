import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { DispatchHandle } from './dispatches.ts';
import type { Mandate } from './mandate.ts';

/** The ids of the events to which a workflow can be reset. */
export async function resetPoints(handle: WorkflowHandle): Promise<number[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? [])
    .filter((event) => event.workflowTaskCompletedEventAttributes)
    .map((event) => Number(event.eventId));
}

/** As an operator does it; returns the execution that goes on from there. By default its messages are applied again. */
export async function reset(
  { client, namespace }: Mandate,
  { workflowId }: WorkflowHandle,
  firstRunId: string,
  eventId: number,
  resetReapplyExcludeTypes: number[] = [],
): Promise<DispatchHandle> {
  const { runId } = await client.workflowService.resetWorkflowExecution({
    namespace,
    workflowExecution: { workflowId, runId: firstRunId },
    reason: 'the test',
    workflowTaskFinishEventId: eventId as never,
    requestId: randomUUID(),
    resetReapplyExcludeTypes,
  });
  return client.workflow.getHandle(workflowId, runId);
}
