import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { ServerProcess } from './temporal-process.ts';

// A server is up within a second; a slow or loaded machine is given the rest.
const START_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 2_000;
const POLL_MS = 25;

/**
 * Connects to a server that was just started, as soon as it answers. The caller closes the connection.
 * Throws when it ends first or does not answer within 30 seconds, with the last lines it wrote.
 */
export async function connectWhenReady(server: ServerProcess, address: string, subject: string): Promise<Connection> {
  const giveUpAt = Date.now() + START_TIMEOUT_MS;
  let cause: unknown;
  while (Date.now() < giveUpAt) {
    if (server.hasEnded()) throw await startFailure(`${subject} ended before it answered`, server, cause);
    if (await accepts(address)) {
      try {
        const connection = await Connection.connect({ address, connectTimeout: CONNECT_TIMEOUT_MS });
        if (!server.hasEnded()) return connection;
        // What answered is another program, on the port that ours did not get.
        await connection.close();
      } catch (error) {
        // It listens before it serves; if it serves never, this says why.
        cause = error;
      }
    }
    await sleep(POLL_MS);
  }
  throw await startFailure(
    `${subject} did not answer at ${address} within ${START_TIMEOUT_MS / 1000} s`,
    server,
    cause,
  );
}

async function accepts(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const socket = connect(Number(port), hostname);
  try {
    return await new Promise((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}

async function startFailure(fact: string, server: ServerProcess, cause: unknown): Promise<Error> {
  return new Error(`${fact}. Its last lines:\n${await server.lastLines()}`, { cause });
}
