import { Webhook } from 'standardwebhooks';
import type { Channel } from './channel.ts';
import { toCloudEvent } from './cloud-event.ts';

/** A CloudEvent, posted with the headers of Standard Webhooks to the address of the channel. */
export function webhookChannel(name: string, url: string, secret: string): Channel {
  const signer = new Webhook(secret);
  return {
    async deliver({ notification, time }, signal) {
      const { contentType, body } = toCloudEvent(notification, time);
      const id = deliveryId(notification.id, name);
      const now = new Date();
      const response = await post(name, url, {
        method: 'POST',
        headers: {
          'content-type': contentType,
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
          'webhook-signature': signer.sign(id, now, body),
        },
        body,
        signal,
        // A redirect could lead anywhere.
        redirect: 'manual',
      });
      // Only the status counts; whatever else comes is not waited for.
      await response.body?.cancel().catch(() => undefined);
      if (!response.ok) throw new Error(`Channel ${name} answered ${response.status}.`);
    },
  };
}

/**
 * The same whenever the same notification is delivered over the same channel. A full stop separates what is signed, so
 * that none may stand in it.
 */
function deliveryId(notificationId: string, channel: string): string {
  return `${notificationId}/${channel}`.replaceAll('.', '%2E');
}

async function post(name: string, url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (error) {
    // fetch says what happened in the cause alone, and that may name the address, which can be a secret.
    const cause = error instanceof Error ? error.cause : undefined;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
    throw new Error(`Channel ${name} could not be reached: ${code}.`, { cause: error });
  }
}
