import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { freePorts } from './free-port.ts';
import { connectWhenReady } from './temporal-ready.ts';
import { spawnServer, type ServerProcess } from './temporal-process.ts';
import { registerSearchAttributes, type SearchAttributeTypes } from './temporal-search-attributes.ts';

const IP = '127.0.0.1';
const START_ATTEMPTS = 4;

export interface TemporalServerOptions {
  /** The `temporal` program, see `resolveTemporalBinary`. */
  readonly binary: string;
  /** Where workflows are kept; made when it does not exist. Without it they are gone when the server stops. */
  readonly dataFile?: string | undefined;
  /** Default: `default`, which is always there. */
  readonly namespaces?: readonly string[] | undefined;
  /** Default: a free one. */
  readonly port?: number | undefined;
  /** The port of Temporal's own UI, null for none. Default: a free one. */
  readonly uiPort?: number | null | undefined;
  /** Registered in every namespace. Default: none. */
  readonly searchAttributes?: SearchAttributeTypes | undefined;
  /** Its output is appended here. Default: a temporary file, removed when it stops. */
  readonly logFile?: string | undefined;
  /** Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface TemporalServer {
  /** host:port for clients and workers. */
  readonly address: string;
  /** The URL of Temporal's UI, unless it was switched off. */
  readonly uiAddress?: string;
  readonly pid: number;
  /** Ends the server; workflows in its data file go on with the next one. */
  stop(): Promise<void>;
}

/**
 * Starts a Temporal development server on the loopback interface and waits until it answers and knows the search attributes.
 * It ends with this process, even when that is killed. Throws when it does not answer within 30 seconds or ends early,
 * with the last lines it wrote.
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  if (options.dataFile) await mkdir(dirname(options.dataFile), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const [freePort = 0, freeUiPort = 0] = await freePorts(2);
    const port = options.port ?? freePort;
    const uiPort = options.uiPort === undefined ? freeUiPort : options.uiPort;
    const server = await spawnServer(options.binary, startDevArguments(options, port, uiPort), options);
    try {
      await prepare(server, port, options);
      return {
        address: `${IP}:${port}`,
        ...(uiPort !== null && { uiAddress: `http://${IP}:${uiPort}` }),
        pid: server.pid,
        stop: () => server.stop(),
      };
    } catch (error) {
      const lost = server.hasEnded() && /address already in use/i.test(await server.lastLines());
      await server.stop();
      // Between our choice and its bind another program may have taken a port; a port of the caller's stays taken.
      if (!lost || options.port !== undefined || attempt === START_ATTEMPTS) throw error;
    }
  }
}

function startDevArguments(options: TemporalServerOptions, port: number, uiPort: number | null): string[] {
  const args = ['server', 'start-dev', '--ip', IP, '--port', String(port), '--log-level', 'warn'];
  if (uiPort === null) args.push('--headless');
  else args.push('--ui-port', String(uiPort));
  // Its default of 20 reads a second makes each step from one workflow to another wait for the next twentieth of one.
  args.push('--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000');
  // An update of more than 2 MiB is more than a worker may answer. By the server's default of 20 MiB it would be handed
  // to one again and again, and every decision of that request would wait behind it.
  args.push('--dynamic-config-value', 'history.maxInFlightUpdatePayloads=1572864');
  if (options.dataFile) {
    // Twice the throughput of the defaults; all it may cost is the last moments before a crash of the whole machine.
    args.push('--db-filename', options.dataFile);
    args.push('--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL');
  }
  for (const namespace of options.namespaces ?? []) args.push('--namespace', namespace);
  for (const [name, type] of Object.entries(options.searchAttributes ?? {})) {
    args.push('--search-attribute', `${name}=${type}`);
  }
  return args;
}

async function prepare(server: ServerProcess, port: number, options: TemporalServerOptions): Promise<void> {
  const connection = await connectWhenReady(server, `${IP}:${port}`, `The Temporal server (${options.binary})`);
  try {
    if (!options.searchAttributes) return;
    // The server registers them only in namespaces that it makes, not in those it finds in its data file.
    for (const namespace of new Set(['default', ...(options.namespaces ?? [])])) {
      await registerSearchAttributes(connection, namespace, options.searchAttributes);
    }
  } finally {
    await connection.close();
  }
}
