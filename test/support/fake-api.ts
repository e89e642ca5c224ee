import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived whole. */
export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is when it is text, else as JSON. */
  readonly body?: unknown;
}

/**
 * What goes wrong with one POST. `done`: what was asked is done all the same. Instead of the answer there is another, or
 * none, or the connection breaks: before the answer, within its head, or within its body.
 */
export interface Mishap {
  readonly done: boolean;
  readonly instead: ApiAnswer | 'silence' | 'cut' | 'cut in the head' | 'cut in the body';
}

export interface FakeApi {
  readonly url: string;
  /** All that arrived, in order. */
  readonly requests: readonly ApiRequest[];
  /** Goes wrong with the next POST, and with no other. */
  mishap(mishap: Mishap): void;
  close(): Promise<void>;
}

/** A server that answers as `handle` says, unless something is to go wrong. */
export async function startFakeApi(handle: (request: ApiRequest) => ApiAnswer): Promise<FakeApi> {
  const requests: ApiRequest[] = [];
  const mishaps: Mishap[] = [];

  const server = createServer((incoming, response) => void receive(incoming, response));
  async function receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await read(incoming).catch(() => undefined);
    if (request === undefined) return;
    requests.push(request);
    const mishap = request.method === 'POST' ? mishaps.shift() : undefined;
    if (mishap === undefined) return send(response, handle(request));
    const meant = mishap.done ? handle(request) : { status: 200, body: {} };
    goWrong(response, mishap.instead, meant);
  }
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    mishap: (mishap) => void mishaps.push(mishap),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function goWrong(response: ServerResponse, instead: Mishap['instead'], meant: ApiAnswer): void {
  const { socket } = response;
  switch (instead) {
    case 'silence':
      return;
    case 'cut':
      socket?.destroy();
      return;
    case 'cut in the head':
      socket?.write(`HTTP/1.1 ${meant.status} `, () => socket.destroy());
      return;
    case 'cut in the body': {
      const text = JSON.stringify(meant.body);
      response.writeHead(meant.status, { 'content-type': 'application/json', 'content-length': text.length });
      response.write(text.slice(0, text.length / 2), () => socket?.destroy());
      return;
    }
    default:
      send(response, instead);
  }
}

function send(response: ServerResponse, { status, headers = {}, body }: ApiAnswer): void {
  const isText = typeof body === 'string';
  response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json; charset=utf-8', ...headers });
  if (body === undefined) response.end();
  else response.end(isText ? body : JSON.stringify(body));
}

async function read(incoming: IncomingMessage): Promise<ApiRequest> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Uint8Array);
  return {
    method: incoming.method ?? '',
    url: new URL(incoming.url ?? '', 'http://fake'),
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString(),
  };
}
