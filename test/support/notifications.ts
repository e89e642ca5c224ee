import { randomBytes } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Notification } from '../../src/contract/notification.ts';
import type { notification } from '../../src/workflows/notification.ts';

/** Something that operators are told of, in a run of its own. */
export function aNotification(overrides: Partial<Notification> = {}): Notification {
  const tag = randomBytes(6).toString('hex');
  return {
    id: `effect_unknown/${tag}`,
    class: 'effect_unknown',
    run: `run-${tag}`,
    agent: 'agent-1',
    subject: `draft-${tag}`,
    message: 'Nobody knows whether the effect happened; look, and then: mandate reconcile.',
    details: { kind: 'webhook' },
    ...overrides,
  };
}

export type NotificationHandle = WorkflowHandle<typeof notification>;

export function startNotification(client: Client, raised: Notification): Promise<NotificationHandle> {
  return client.workflow.start<typeof notification>('notification', {
    taskQueue: 'mandate',
    workflowId: `notification/${raised.id}`,
    args: [raised],
  });
}
