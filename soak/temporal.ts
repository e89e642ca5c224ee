import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../src/dev/free-port.ts';
import { startTemporalServer } from '../src/dev/temporal-server.ts';
import type { TemporalServer } from '../src/dev/temporal-server.ts';
import { SEARCH_ATTRIBUTES } from '../src/workflows/search-attributes.ts';

/** A Temporal server that can be killed, and comes back on the same port with what it had written. */
export interface MortalTemporal {
  readonly address: string;
  /** kill -9, and another start after the pause. False while it is down. */
  kill(pauseMs: number): boolean;
  /** Waits until it is up. Throws when it could not be started again. */
  up(): Promise<void>;
  stop(): Promise<void>;
}

const START_ATTEMPTS = 5;

export async function startMortalTemporal(binary: string, dataFile: string): Promise<MortalTemporal> {
  const [port = 0] = await freePorts(1);
  const start = (): Promise<TemporalServer> =>
    startTemporalServer({ binary, dataFile, port, uiPort: null, searchAttributes: SEARCH_ATTRIBUTES });
  let server = await start();
  let isUp = true;
  let back = Promise.resolve();
  const restart = async (pauseMs: number): Promise<void> => {
    process.kill(server.pid, 'SIGKILL');
    await server.stop();
    await sleep(pauseMs);
    server = await again(start);
    isUp = true;
  };
  return {
    address: server.address,
    kill(pauseMs) {
      if (!isUp) return false;
      isUp = false;
      back = restart(pauseMs);
      // Whoever waits for it is told; until then it must not end this process.
      back.catch(() => undefined);
      return true;
    },
    up: () => back,
    async stop() {
      await back.catch(() => undefined);
      await server.stop();
    },
  };
}

async function again(start: () => Promise<TemporalServer>): Promise<TemporalServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
      await sleep(1_000);
    }
  }
}
