import { isCancellation, workflowInfo } from '@temporalio/workflow';
import { ActivityFailure } from '@temporalio/common';
import { Notification } from '../contract/notification.ts';
import type { Delivery, NotificationResult } from '../contract/notification.ts';
import { parseInput } from '../failures.ts';
import { notifier, routeOf } from './activities.ts';
import { createRecorder } from './recorder.ts';

/**
 * Tells operators of one thing, over each channel that its class is routed to, and records what became of it. It never
 * fails for want of a receiver: that is recorded, and is its result.
 */
export async function notification(input: unknown): Promise<NotificationResult> {
  const { workflowId, startTime } = workflowInfo();
  const raised = parseInput(Notification, input, `Notification ${workflowId}`);
  const { id, class: its, run, agent, subject, message } = raised;
  const time = startTime.toISOString();

  const route = await routeOf({ class: its });
  const deliveries = await Promise.all(
    route.channels.map((channel) => deliver({ notification: raised, channel, time })),
  );

  const recorder = createRecorder(run, agent);
  for (const { channel, status, error } of deliveries) {
    recorder.note(`notification.${status}`, {
      notificationId: id,
      class: its,
      subject,
      message,
      channel,
      route: route.version,
      ...(route.missing.length === 0 ? {} : { notConfigured: [...route.missing] }),
      ...(error === undefined ? {} : { error }),
    });
  }
  await recorder.flush();
  return { deliveries };
}

async function deliver(delivery: Delivery): Promise<NotificationResult['deliveries'][number]> {
  const { channel } = delivery;
  try {
    await notifier(channel).notify(delivery);
    return { channel, status: 'sent' };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { channel, status: 'failed', error: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
