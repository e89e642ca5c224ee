import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { WorkflowClient } from '@temporalio/client';
import type { MailSecret } from '../activities/mail/mail-secret.ts';
import { replyWorkflowId } from '../contract/ids.ts';
import type { Evidence } from '../contract/reply.ts';
import { TASK_QUEUES } from '../workflows/task-queues.ts';

/**
 * Hands over what somebody answered, signed, once: under the id of the evidence, so that another look at the same mail
 * starts nothing more.
 */
export async function handOver(workflows: WorkflowClient, secret: MailSecret, evidence: Evidence): Promise<void> {
  try {
    await workflows.start('reply', {
      workflowId: replyWorkflowId(evidence.id),
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      taskQueue: TASK_QUEUES.worker,
      args: [{ evidence, signature: secret.evidence(evidence) }],
      staticSummary: `an answer by ${evidence.via}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Text that may stand in evidence: well-formed, and without what a database cannot hold. */
export function evidenceText(text: string): string {
  return text.replaceAll(/\p{Surrogate}|\0/gu, '\ufffd');
}
