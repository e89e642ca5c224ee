import { freePorts } from '../../src/dev/free-port.ts';
import { spawnServer } from '../../src/dev/temporal-process.ts';
import { connectWhenReady } from '../../src/dev/temporal-ready.ts';
import { registerSearchAttributes } from '../../src/dev/temporal-search-attributes.ts';
import { SEARCH_ATTRIBUTES } from '../../src/workflows/search-attributes.ts';

/** A development server that asks workflows to continue in a new history after `events` events, not after thousands. */
export async function startImpatientServer(
  binary: string,
  events: number,
): Promise<{ readonly address: string; stop(): Promise<void> }> {
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const settings = ['--dynamic-config-value', `limit.historyCount.suggestContinueAsNew=${events}`];
  const args = ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port), ...settings];
  const server = await spawnServer(binary, args);
  const connection = await connectWhenReady(server, address, 'The impatient server');
  await registerSearchAttributes(connection, 'default', SEARCH_ATTRIBUTES);
  await connection.close();
  return { address, stop: () => server.stop() };
}
