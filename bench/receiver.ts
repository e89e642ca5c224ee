import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Takes the deliveries of both variants, and tells when each began, by this process's own clock. */
export interface Receiver {
  readonly url: string;
  /** When the delivery with this id arrived, on the scale of `performance.now()`. Ask before it can. */
  arrival(id: string): Promise<number>;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const waiting = new Map<string, (at: number) => void>();
  const server = createServer((request, response) => {
    const at = performance.now();
    // A look-up is no delivery.
    if (request.method !== 'POST') {
      response.writeHead(404).end();
      return;
    }
    const id = String(request.headers['webhook-id']);
    waiting.get(id)?.(at);
    waiting.delete(id);
    request.resume();
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    arrival: (id) => new Promise((resolve) => waiting.set(id, resolve)),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
