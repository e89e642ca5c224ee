import { isCancellation, workflowInfo } from '@temporalio/workflow';
import { ActivityFailure } from '@temporalio/common';
import { Notification } from '../contract/notification.ts';
import type { Delivery, NotificationResult, NotificationRoute } from '../contract/notification.ts';
import { parseInput } from '../failures.ts';
import { notifier, routeOf } from './activities.ts';
import { alert } from './alert.ts';
import { createRecorder } from './recorder.ts';

/**
 * Tells people of one thing, over each channel that it is routed to, and records what became of it. It never
 * fails for want of a receiver: that is recorded, and is its result.
 */
export async function notification(input: unknown): Promise<NotificationResult> {
  const { workflowId, startTime } = workflowInfo();
  const raised = parseInput(Notification, input, `Notification ${workflowId}`);
  const { id, class: its, run, agent, subject, message } = raised;
  const time = startTime.toISOString();

  const route = await routeOf({ class: its, priority: raised.priority, channels: raised.channels });
  const planned = route.channels.flatMap((channel): Delivery[] => {
    if (!route.personal.includes(channel)) return [{ notification: raised, channel, time }];
    return (raised.to ?? []).map((to) => ({ notification: raised, channel, to, time }));
  });
  const deliveries = await deliverAll(planned);

  const recorder = createRecorder(run, agent);
  for (const { channel, to, status, error } of deliveries) {
    recorder.note(`notification.${status}`, {
      notificationId: id,
      class: its,
      subject,
      message,
      channel,
      ...(to === undefined ? {} : { to }),
      route: route.version,
      ...(route.missing.length === 0 ? {} : { notConfigured: [...route.missing] }),
      ...(error === undefined ? {} : { error }),
    });
  }
  await recorder.flush();
  await requireDelivered(raised, route, deliveries);
  return { deliveries };
}

type Deliveries = NotificationResult['deliveries'];

// What one workflow task may hand over is bounded by the server, at 4 MiB; a flood of calls helps nobody either.
const MAX_AT_ONCE = 20;
const MAX_BYTES_AT_ONCE = 1024 * 1024;

/** So many at once as the server takes. */
async function deliverAll(planned: readonly Delivery[]): Promise<Deliveries> {
  const [first] = planned;
  if (first === undefined) return [];
  const bytes = new TextEncoder().encode(JSON.stringify(first)).length;
  const atOnce = Math.max(1, Math.min(MAX_AT_ONCE, Math.floor(MAX_BYTES_AT_ONCE / bytes)));
  const deliveries: Deliveries[number][] = [];
  for (let start = 0; start < planned.length; start += atOnce) {
    deliveries.push(...(await Promise.all(planned.slice(start, start + atOnce).map(deliver))));
  }
  return deliveries;
}

/** What has to go over several channels and did not is for operators to know: those who decide may not have heard of it. */
async function requireDelivered(raised: Notification, route: NotificationRoute, deliveries: Deliveries): Promise<void> {
  const delivered = deliveries
    .filter(({ status }) => status === 'sent')
    .flatMap(({ channel }) => route.ways[channel] ?? []);
  const ways = new Set(delivered).size;
  if (ways >= route.required) return;
  const { id, run, agent, subject, priority = '' } = raised;
  const message =
    `Request ${subject} of priority ${priority} was delivered over ${ways} of ${route.required} independent channels; ` +
    'tell those who decide by other means, and look at the channels.';
  await alert({
    id: `${id.slice(0, 150)}-undelivered`,
    class: 'approval_undelivered',
    run,
    agent,
    subject,
    message,
    details: { delivered: ways, required: route.required },
  });
}

async function deliver(delivery: Delivery): Promise<Deliveries[number]> {
  const { channel, to } = delivery;
  const whom = to === undefined ? {} : { to };
  try {
    await notifier(channel).notify(delivery);
    return { channel, ...whom, status: 'sent' };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { channel, ...whom, status: 'failed', error: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
