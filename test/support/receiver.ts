import { createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A receiver of webhooks that counts deliveries and checks their signatures as Standard Webhooks 1.0.0 says. What it does
 * with a delivery is in its path: `/ok`, `/answer/503`, `/slow/300` (answers after that many ms), `/hang` (never answers),
 * `/cut` (breaks the connection instead), `/reset` (resets it), `/garbage` (answers no HTTP), `/half` (breaks it within the
 * body of a 200), `/hold` (answers when released), `/early/413` (answers before it has read the body), `/cut-early` (breaks
 * the connection then), `/kept/500` (answers so, and answers look-ups truthfully). A redirect leads to `/ok`. What is no
 * POST is no delivery, and finds nothing anywhere else.
 */
export interface Receiver {
  readonly url: string;
  /** The environment by which an executor may deliver here. */
  readonly env: Record<string, string>;
  /** How often a delivery has arrived whole and with a good signature, by the delivery's id. */
  count(deliveryId: string): number;
  /** What arrived for `deliveryId`. */
  bodies(deliveryId: string): readonly string[];
  /** Requests whose signature or time was not good. */
  readonly forged: number;
  /** Answers what `/hold` has kept waiting, and all that comes after. */
  release(): void;
  close(): Promise<void>;
}

const MAX_AGE_SECONDS = 300;

export async function startReceiver(): Promise<Receiver> {
  const key = randomBytes(32);
  const deliveries = new Map<string, string[]>();
  let forged = 0;
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });

  const server = createServer((request, response) => void receive(request, response));
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') {
      answerLookUp(request, response);
      return;
    }
    if (answerEarly(request.url ?? '', response)) return;
    const body = await bodyOf(request).catch(() => undefined);
    if (body === undefined) return;
    const id = String(request.headers['webhook-id']);
    if (!isGenuine(request, body, key)) {
      forged += 1;
      response.writeHead(401).end();
      return;
    }
    deliveries.set(id, [...(deliveries.get(id) ?? []), body]);
    await answer(request.url ?? '', response, released);
  }
  function answerLookUp(request: IncomingMessage, response: ServerResponse): void {
    const id = String(request.headers['webhook-lookup']);
    if (!(request.url ?? '').startsWith('/kept/')) {
      response.writeHead(404).end();
    } else if (
      request.method !== 'GET' ||
      request.headers['webhook-id'] !== `lookup_${id}` ||
      !isGenuine(request, '', key)
    ) {
      response.writeHead(401).end();
    } else {
      response.writeHead(200, { 'content-type': 'application/json', 'webhook-lookup': id });
      response.end(JSON.stringify({ delivery: id, delivered: deliveries.has(id) }));
    }
  }
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    env: { MANDATE_WEBHOOK_URLS: url, MANDATE_WEBHOOK_SECRET: `whsec_${key.toString('base64')}` },
    count: (id) => deliveries.get(id)?.length ?? 0,
    bodies: (id) => deliveries.get(id) ?? [],
    get forged() {
      return forged;
    },
    release,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(path: string, response: ServerResponse, released: Promise<void>): Promise<void> {
  const [, what = '', given] = path.split('/');
  switch (what) {
    case 'answer':
    case 'kept':
      response.writeHead(Number(given), { location: '/ok', 'retry-after': '120' }).end();
      return;
    case 'slow':
      await sleep(Number(given));
      break;
    case 'hang':
      return;
    case 'cut':
      response.socket?.destroy();
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'garbage':
      response.socket?.end('This is no HTTP.\r\n\r\n');
      return;
    case 'half':
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half');
      setImmediate(() => response.socket?.destroy());
      return;
    case 'hold':
      await released;
      break;
  }
  response.writeHead(200).end('{}');
}

/** Whether that was answered, by words or by silence, before a body was read. */
function answerEarly(path: string, response: ServerResponse): boolean {
  const [, what = '', given] = path.split('/');
  if (what === 'early') response.writeHead(Number(given), { connection: 'close' }).end();
  else if (what === 'cut-early') response.socket?.destroy();
  else return false;
  return true;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString();
}

function isGenuine({ headers }: IncomingMessage, body: string, key: Uint8Array): boolean {
  const timestamp = String(headers['webhook-timestamp']);
  if (Math.abs(Date.now() / 1_000 - Number(timestamp)) > MAX_AGE_SECONDS) return false;
  const content = `${String(headers['webhook-id'])}.${timestamp}.${body}`;
  return headers['webhook-signature'] === `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}
