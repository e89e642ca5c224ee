import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudEvent, HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';

export interface Received {
  readonly deliveryId: string;
  readonly event: CloudEvent<unknown>;
}

/** What an operator's service does with a notification: answers with a status, never answers, or breaks the connection. */
export type Answer = number | 'hang' | 'cut';

/** An operator's service, which takes notifications as their specifications say: each is verified by its own library. */
export interface Operator {
  readonly url: string;
  readonly secret: string;
  /** The environment by which a worker tells this operator, over the channel `ops`. */
  readonly env: Record<string, string>;
  /** Every genuine delivery, in order, whatever it was answered. */
  readonly received: readonly Received[];
  /** Why deliveries were not genuine. */
  readonly refused: readonly string[];
  /** From now on. */
  answer(answer: Answer): void;
  close(): Promise<void>;
}

export async function startOperator(): Promise<Operator> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const received: Received[] = [];
  const refused: string[] = [];
  let how: Answer = 204;

  const server = createServer((request, response) => void receive(request, response));
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request).catch(() => undefined);
    if (body === undefined) return;
    try {
      received.push(verify(secret, request.headers, body));
    } catch (error) {
      refused.push(String(error));
      response.writeHead(401).end();
      return;
    }
    if (how === 'cut') response.socket?.destroy();
    if (typeof how === 'number') response.writeHead(how, { location: '/elsewhere' }).end();
  }
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return {
    url,
    secret,
    env: { MANDATE_NOTIFY_WEBHOOKS: `ops ${url}`, MANDATE_NOTIFY_SECRET: secret },
    received,
    refused,
    answer: (answer) => (how = answer),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function verify(secret: string, headers: IncomingMessage['headers'], body: string): Received {
  new Webhook(secret).verify(body, headers as Record<string, string>);
  const event = HTTP.toEvent({ headers, body });
  if (!(event instanceof CloudEvent)) throw new Error('A delivery must hold one event.');
  event.validate();
  return { deliveryId: String(headers['webhook-id']), event };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString();
}
