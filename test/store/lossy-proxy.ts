import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { StoreLocation } from '../../src/store/open.ts';

export interface LossyProxy {
  readonly location: StoreLocation;
  /** Lets the next commit through to the server, and cuts the connection instead of handing back the answer. */
  loseNextCommit(): void;
  /** From here on the connections that are open stay so, and carry nothing any more; new ones do. */
  fallSilent(): void;
  /** How many connections that fell silent the store has not ended yet. */
  silent(): number;
  /** How many answers were lost. */
  lost(): number;
  close(): Promise<void>;
}

/** Stands between a store and its PostgreSQL. */
export async function startProxy(location: StoreLocation): Promise<LossyProxy> {
  const url = new URL('url' in location ? location.url : '');
  const { hostname, port } = url;
  let armed = false;
  let lost = 0;
  const silences: (() => void)[] = [];
  let silentOnes = 0;

  const server = createServer((client) => {
    const upstream = connect(Number(port || 5432), hostname);
    let losing = false;
    let silent = false;
    silences.push(() => {
      silent = true;
      // One that the store has ended before has nothing to fall silent.
      if (client.destroyed) return;
      silentOnes += 1;
      client.once('close', () => (silentOnes -= 1));
    });
    client.on('data', (data) => {
      if (silent) return;
      // The statement alone: the beginning of a transaction speaks of `read committed`.
      if (armed && data.includes('commit\0')) {
        armed = false;
        losing = true;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (silent) return;
      if (losing) {
        lost += 1;
        client.destroy();
        upstream.destroy();
      } else client.write(data);
    });
    endTogether(client, upstream);
    endTogether(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url.host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;

  return {
    location: { url: url.href },
    loseNextCommit() {
      armed = true;
    },
    silent: () => silentOnes,
    fallSilent() {
      for (const silence of silences.splice(0)) silence();
    },
    lost: () => lost,
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}

function endTogether(one: Socket, other: Socket): void {
  one.on('error', () => {});
  one.on('close', () => other.destroy());
}
