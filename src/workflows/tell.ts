import { getExternalWorkflowHandle, isCancellation, log, workflowInfo } from '@temporalio/workflow';
import type { SignalDefinition } from '@temporalio/workflow';
import { cut } from '../contract/text.ts';

// The most that the receivers take as an id.
const MAX_ID = 200;

/** Signals another workflow, in this one's name unless the message has another. One that is gone, or was never one of ours, is no reason to stop. */
export async function tell(workflowId: string, signal: SignalDefinition<[unknown]>, message: object): Promise<void> {
  try {
    const by = cut(workflowInfo().workflowId, MAX_ID);
    await getExternalWorkflowHandle(workflowId).signal(signal, { by, ...message });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('another workflow could not be told', { workflowId, signal: signal.name });
  }
}
