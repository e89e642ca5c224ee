import { randomInt, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Connection } from '@temporalio/client';
import { execa } from 'execa';
import { Client } from 'pg';
import { defaultCacheFolder } from '../../src/dev/temporal-binary.ts';
import { spawnServer } from '../../src/dev/temporal-process.ts';
import { resolveProductionServer, type ProductionPrograms } from '../../src/dev/temporal-production.ts';
import { connectWhenReady } from '../../src/dev/temporal-ready.ts';

const DATABASE_URL = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
// What the compose file gives to its server.
const DYNAMIC_CONFIG = new URL('../../deploy/temporal-dynamic-config.yaml', import.meta.url);
const SERVICES = ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER'] as const;

export interface ProductionServer {
  readonly address: string;
  readonly namespace: string;
  /** Ends the server and drops its databases. */
  stop(): Promise<void>;
}

/**
 * Starts Temporal's production server (not the development one) on PostgreSQL: TEST_DATABASE_URL, or the one on loopback with trust
 * authentication. It has two databases of its own and a namespace called `default`.
 */
export async function startProductionServer(): Promise<ProductionServer> {
  const programs = await resolveProductionServer({
    env: process.env,
    cacheFolder: defaultCacheFolder(process.env),
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  const name = `mandate_temporal_${randomUUID().slice(0, 8)}`;
  const databases = { temporal: name, visibility: `${name}_visibility` };
  const folder = await mkdtemp(join(tmpdir(), 'mandate-production-'));
  const cleanUp = async (): Promise<void> => {
    await dropDatabases(Object.values(databases));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const [schema, database] of Object.entries(databases)) await makeDatabase(programs, schema, database);
    const { env, address } = await serverEnvironment(databases);
    const logFile = join(folder, 'server.log');
    const server = await spawnServer(programs.server, ['--allow-no-auth', 'start'], { env, logFile });
    const stop = async (): Promise<void> => {
      await server.stop();
      await cleanUp();
    };
    try {
      const connection = await connectWhenReady(server, address, "Temporal's production server");
      try {
        await makeNamespace(connection, 'default');
      } finally {
        await connection.close();
      }
    } catch (error) {
      await server.stop();
      throw error;
    }
    return { address, namespace: 'default', stop };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function makeDatabase(programs: ProductionPrograms, schema: string, database: string): Promise<void> {
  const { hostname, port, username, password } = postgres();
  const connection = ['--plugin', 'postgres12', '--endpoint', hostname, '--port', port, '--user', username];
  const run = (...args: string[]): Promise<unknown> =>
    execa(programs.sqlTool, [...connection, '--password', password, '--database', database, ...args]);
  await run('create-database');
  await run('setup-schema', '-v', '0.0');
  await run('update-schema', '--schema-name', `postgresql/v12/${schema}`);
}

async function serverEnvironment(databases: {
  temporal: string;
  visibility: string;
}): Promise<{ env: NodeJS.ProcessEnv; address: string }> {
  const { hostname, port, username, password } = postgres();
  const ports = await lowPorts(2 * SERVICES.length + 1);
  const servicePorts = SERVICES.flatMap((service, index) => [
    [`${service}_GRPC_PORT`, String(ports[2 * index])],
    [`${service}_MEMBERSHIP_PORT`, String(ports[2 * index + 1])],
  ]);
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    DB: 'postgres12',
    POSTGRES_SEEDS: hostname,
    DB_PORT: port,
    POSTGRES_USER: username,
    POSTGRES_PWD: password,
    DBNAME: databases.temporal,
    VISIBILITY_DBNAME: databases.visibility,
    BIND_ON_IP: '127.0.0.1',
    TEMPORAL_BROADCAST_ADDRESS: '127.0.0.1',
    NUM_HISTORY_SHARDS: '4',
    LOG_LEVEL: 'warn',
    DYNAMIC_CONFIG_FILE_PATH: fileURLToPath(DYNAMIC_CONFIG),
    FRONTEND_HTTP_PORT: String(ports.at(-1)),
    ...Object.fromEntries(servicePorts),
  };
  return { env, address: `127.0.0.1:${ports[0]}` };
}

// The server writes its ports to SMALLINT columns: they must be lower than those that the system hands out.
async function lowPorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(10_000, 32_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) ports.add(port);
  }
  return [...ports];
}

async function makeNamespace(connection: Connection, namespace: string): Promise<void> {
  const retention = { seconds: 24 * 60 * 60 };
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: retention as never,
  });
  // A new namespace is known to all of the server's services within seconds.
  for (let attempt = 1; ; attempt++) {
    try {
      await connection.workflowService.listWorkflowExecutions({ namespace });
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(200);
    }
  }
}

async function dropDatabases(databases: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: DATABASE_URL });
  await client.connect();
  try {
    for (const database of databases) await client.query(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
  } finally {
    await client.end();
  }
}

function postgres(): { hostname: string; port: string; username: string; password: string } {
  const { hostname, port, username, password } = new URL(DATABASE_URL);
  return { hostname, port: port || '5432', username, password: decodeURIComponent(password) };
}
