import { request } from 'undici';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { Witnessed } from './kind.ts';

interface Question {
  readonly url: string;
  readonly deliveryId: string;
  /** By which the receiver knows who asks. */
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
}

// Many times the answer that is meant.
const MAX_ANSWER_BYTES = 16 * 1024;

/**
 * Asks a receiver whether it has had a delivery. Only one that knows the question is believed: its answer names the
 * delivery in a header that it sets for nothing else, and in its body with `delivered: true`. What answers every request
 * alike, or acknowledges the question as if it were a delivery, says nothing.
 */
export async function lookUpDelivery({ url, deliveryId, headers, dispatcher, signal }: Question): Promise<Witnessed> {
  const asked = await request(url, {
    method: 'GET',
    headers: { ...headers, accept: 'application/json', 'webhook-lookup': deliveryId },
    signal,
    dispatcher,
  });
  const told = asked.statusCode === 200 ? await readBounded(asked.body) : undefined;
  asked.body.on('error', () => undefined).destroy();
  const yes = z.object({ delivery: z.literal(deliveryId), delivered: z.literal(true) });
  if (asked.headers['webhook-lookup'] === deliveryId && yes.safeParse(told).success) {
    return { happened: { url, deliveryId } };
  }
  return {
    unknown: `${new URL(url).host} does not say that it has had delivery ${deliveryId} (it answered ${asked.statusCode} when asked).`,
  };
}

/** The JSON of an answer; undefined when it is none, or longer than is read. */
async function readBounded(body: AsyncIterable<Uint8Array>): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}
