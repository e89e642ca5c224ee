import { isCancellation, log, startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { notificationWorkflowId } from '../contract/ids.ts';
import type { Notification } from '../contract/notification.ts';
import type { notification } from './notification.ts';
import { MandateRun } from './search-attributes.ts';
import { summary } from './server-limits.ts';
import { TASK_QUEUES } from './task-queues.ts';

/**
 * Tells operators of something, once however often it is raised. It returns as soon as the notification is on its way,
 * which outlives whoever raised it, and it throws only when it is cancelled before.
 */
export async function alert(raised: Notification): Promise<void> {
  try {
    await startChild<typeof notification>('notification', {
      workflowId: notificationWorkflowId(raised.id),
      taskQueue: TASK_QUEUES.worker,
      args: [raised],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      parentClosePolicy: 'ABANDON',
      cancellationType: 'ABANDON',
      staticSummary: summary(`${raised.class}: ${raised.message}`),
      typedSearchAttributes: [{ key: MandateRun, value: raised.run }],
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    if (error instanceof WorkflowExecutionAlreadyStartedError) return;
    log.error('a notification could not be raised', { notification: raised.id, error: String(error) });
  }
}
