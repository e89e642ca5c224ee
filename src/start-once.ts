import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Client, WorkflowHandle, WorkflowStartOptions } from '@temporalio/client';

/** Starts a workflow, or finds the one that has this id already, open or ended. */
export async function startOnce(client: Client, type: string, options: WorkflowStartOptions): Promise<WorkflowHandle> {
  try {
    return await client.workflow.start(type, {
      ...options,
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return client.workflow.getHandle(options.workflowId);
  }
}
