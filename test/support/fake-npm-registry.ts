import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What becomes of a publication: answered with a status, the version kept (`kept`) or not; the connection broken before its
 * body was read (`cut-early`), after it was kept (`cut-late`), or within the answer's body (`half`); never answered (`hang`).
 */
export type Fate =
  { status: number; kept: boolean; headers?: Record<string, string> } | 'cut-early' | 'cut-late' | 'half' | 'hang';

/** A registry of npm's protocol that fails as it is told, for what a real one does only on a bad day. */
export interface FakeNpmRegistry {
  readonly url: string;
  /** How many publications have arrived. */
  readonly publications: number;
  fate: Fate;
  /** Answers every question for a package with this status instead. */
  lookStatus: number | undefined;
  close(): Promise<void>;
}

export async function startFakeNpmRegistry(): Promise<FakeNpmRegistry> {
  const packages = new Map<string, string>();
  const server = createServer((request, response) => void serve(request, response));
  const registry = {
    url: '',
    publications: 0,
    fate: { status: 201, kept: true } as Fate,
    lookStatus: undefined as number | undefined,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = decodeURIComponent(new URL(request.url ?? '', 'http://fake').pathname.slice(1));
    if (request.method === 'GET') {
      const found = packages.get(name);
      response.writeHead(registry.lookStatus ?? (found === undefined ? 404 : 200)).end(found ?? '{}');
      return;
    }
    registry.publications += 1;
    const { fate } = registry;
    if (fate === 'cut-early') {
      request.socket.destroy();
      return;
    }
    const body = await bodyOf(request);
    if (typeof fate === 'string' || fate.kept) packages.set(name, body);
    if (typeof fate === 'object') response.writeHead(fate.status, fate.headers).end('{"error":"said the registry"}');
    else if (fate === 'cut-late') request.socket.destroy();
    else if (fate === 'half') {
      response.writeHead(201, { 'content-length': '1000' });
      response.write('half');
      setImmediate(() => request.socket.destroy());
    }
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  registry.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return registry;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString();
}
