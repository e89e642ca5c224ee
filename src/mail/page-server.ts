import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { createPage } from './page.ts';
import type { PageOptions } from './page.ts';

export interface PageServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves the page. Throws when it cannot listen there. */
export async function servePage({
  host,
  port,
  ...options
}: PageOptions & { readonly host: string; readonly port: number }): Promise<PageServer> {
  const app = createPage(options);
  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const starting = serve({ fetch: app.fetch, hostname: host, port }, () => resolve(starting));
    starting.once('error', reject);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeIdleConnections' in server) server.closeIdleConnections();
      }),
  };
}
