import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { WorkflowClient } from '@temporalio/client';
import type { MailSecret } from '../activities/mail/mail-secret.ts';
import { replyWorkflowId } from '../contract/ids.ts';
import { MailEvidence } from '../contract/reply.ts';
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

/** What is read in a mail itself. */
export type MailContent = Omit<MailEvidence, 'via' | 'id' | 'authservId' | 'receivedAt'>;

/**
 * The same evidence, or that of a mail which cannot be read where nobody would take this: such a mail is judged and
 * refused once, rather than read again and again.
 */
export function takeable(evidence: MailEvidence): MailEvidence {
  if (MailEvidence.safeParse(evidence).success) return evidence;
  const { via, id, authservId, receivedAt } = evidence;
  return { via, id, authservId, receivedAt, ...UNREADABLE };
}

const UNREADABLE: MailContent = {
  from: null,
  inReplyTo: null,
  references: null,
  messageId: null,
  autoSubmitted: null,
  precedence: null,
  returnPath: null,
  authenticationResults: [],
  tokenHashes: [],
  verdict: null,
  unread: 'broken',
};

/** Text that may stand in evidence: well-formed, and without what a database cannot hold. */
export function evidenceText(text: string): string {
  return text.replaceAll(/\p{Surrogate}|\0/gu, '\ufffd');
}
