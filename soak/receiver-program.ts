// A receiver of webhooks in a process of its own, which nobody kills. Each arrival is in its file before it is answered:
// what it has taken, it has taken. What it does then is in the path.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { Arrival, ReceiverSettings } from './receiver.ts';

const { file, secret } = JSON.parse(process.argv[2] ?? '') as ReceiverSettings;
const webhook = new Webhook(secret);
const taken = new Set<string>();

const server = createServer((request, response) => void receive(request, response));
server.keepAliveTimeout = 1_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A look-up is no delivery.
  if (request.method === 'GET') {
    answerLookUp(request, response);
    return;
  }
  const id = String(request.headers['webhook-id']);
  note({ id, what: 'arrived' });
  const [, what = '', given = ''] = (request.url ?? '').split('/');
  if (what === 'cut-early') {
    response.socket?.destroy();
    return;
  }
  const body = await bodyOf(request).catch(() => undefined);
  if (body === undefined) return;
  if (!isGenuine(request, body)) {
    note({ id, what: 'forged' });
    response.writeHead(401).end();
    return;
  }
  if (what === 'refuse') {
    response.writeHead(Number(given), { 'retry-after': '1' }).end();
    return;
  }
  note({ id, what: 'taken' });
  taken.add(id);
  await answer(what, given, response);
}

/** A half of all deliveries can be looked up, and persons settle the others. */
function answerLookUp(request: IncomingMessage, response: ServerResponse): void {
  const id = String(request.headers['webhook-lookup']);
  if (request.headers['webhook-id'] !== `lookup_${id}` || !isGenuine(request, '')) {
    response.writeHead(401).end();
    return;
  }
  if (id < 'n') response.writeHead(200, { 'webhook-lookup': id });
  else response.writeHead(404);
  response.end(JSON.stringify({ delivery: id, delivered: taken.has(id) }));
}

async function answer(what: string, given: string, response: ServerResponse): Promise<void> {
  switch (what) {
    case 'hang':
      return;
    case 'cut':
      response.socket?.destroy();
      return;
    case 'answer':
      response.writeHead(Number(given)).end();
      return;
    case 'slow':
      await sleep(Number(given));
      break;
  }
  response.writeHead(200).end();
}

function note(arrival: Arrival): void {
  appendFileSync(file, `${JSON.stringify(arrival)}\n`);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString();
}

function isGenuine({ headers }: IncomingMessage, body: string): boolean {
  try {
    webhook.verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}
