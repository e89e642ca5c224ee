import { workflowInfo } from '@temporalio/workflow';

/** Whether a reset made this execution: an earlier self has gone on beyond the point of it, and may have acted. */
export function isReset(): boolean {
  const { runId, originalExecutionRunId } = workflowInfo();
  return runId !== originalExecutionRunId;
}
