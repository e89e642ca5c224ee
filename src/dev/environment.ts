import { existsSync } from 'node:fs';
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { z } from 'zod';
import { dropPersonalToken, storeLocation } from '../config.ts';
import type { Config } from '../config.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/open.ts';
import { DEFAULT_ADDRESS, readTemporalSettings } from '../temporal-settings.ts';
import { createWorkers, requireSettings, ROLES } from '../worker.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';
import { prepareDataFolder } from './data-folder.ts';
import { isGiven } from './given-server.ts';
import { withFileLock } from './lock.ts';
import { defaultCacheFolder, resolveTemporalBinary } from './temporal-binary.ts';
import { startTemporalServer } from './temporal-server.ts';
import type { TemporalServer } from './temporal-server.ts';

/** A Temporal server to talk to, and how it was come by. */
export interface Environment {
  readonly client: Client;
  readonly connection: Connection;
  readonly address: string;
  readonly namespace: string;
  readonly uiAddress?: string;
  /** `given` by Temporal's own settings, `dev`: another process of this machine has it up, `embedded`: this one has. */
  readonly source: 'given' | 'dev' | 'embedded';
  /** Of that other process. */
  readonly pid?: number;
  /** Ends what this process has brought up, after what has begun has settled. */
  close(): Promise<void>;
}

export interface EnvironmentOptions {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  /** Told one line at a time, for standard error. */
  readonly onProgress: (line: string) => void;
}

/** Thrown when no server is to be had; the message says what to do. */
export class NoServer extends Error {
  override readonly name = 'NoServer';
}

const CONNECT_WITHIN_MS = 5_000;

/**
 * Finds the Temporal server: the one that `TEMPORAL_ADDRESS` (or a profile of Temporal's own configuration) names, the
 * one that a `mandate dev` or `mandate run` of this data folder has up, or an embedded one for as long as this process
 * lives. Throws NoServer when the named one cannot be reached.
 */
export async function openEnvironment(options: EnvironmentOptions): Promise<Environment> {
  return (await findEnvironment(options)) ?? embed(options);
}

/** The first two ways of {@link openEnvironment}: a server that is up already, or undefined. */
export async function findEnvironment({
  config,
  env,
}: Pick<EnvironmentOptions, 'config' | 'env'>): Promise<Environment | undefined> {
  return isGiven(env) ? connectToGiven(env) : connectToDev(config);
}

/** Whether an embedded server has ever been up for this data folder; if not, there is nothing to be found in it. */
export function hasLocalData(config: Config): boolean {
  return existsSync(serverFile(config));
}

async function connectToGiven(env: NodeJS.ProcessEnv): Promise<Environment> {
  const { connectionOptions, namespace = 'default' } = readTemporalSettings(env);
  const { address = DEFAULT_ADDRESS } = connectionOptions;
  const connection = await Connection.connect({ ...connectionOptions, connectTimeout: CONNECT_WITHIN_MS }).catch(
    (cause: unknown) => {
      throw new NoServer(
        `The Temporal server at ${address} does not answer; check TEMPORAL_ADDRESS, or unset it to use one on this machine.`,
        { cause },
      );
    },
  );
  return {
    client: new Client({ connection, namespace }),
    connection,
    address,
    namespace,
    source: 'given',
    close: () => connection.close(),
  };
}

const DevFile = z.strictObject({ address: z.string(), pid: z.int(), uiAddress: z.string().optional() });

async function connectToDev(config: Config): Promise<Environment | undefined> {
  const found = await readDevFile(config);
  if (found === undefined || !isAlive(found.pid)) return undefined;
  try {
    const connection = await Connection.connect({ address: found.address, connectTimeout: CONNECT_WITHIN_MS });
    return {
      client: new Client({ connection }),
      connection,
      address: found.address,
      namespace: 'default',
      ...(found.uiAddress === undefined ? {} : { uiAddress: found.uiAddress }),
      source: 'dev',
      pid: found.pid,
      close: () => connection.close(),
    };
  } catch {
    // Left behind by a process that was killed.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's process is alive all the same.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The embedded server, its store and the workers of all roles, in this process. */
async function embed(options: EnvironmentOptions): Promise<Environment> {
  const { config, onProgress } = options;
  requireSettings(ROLES, config);
  await prepareDataFolder(config.dataFolder, onProgress);
  const onWait = (seconds: number): void => {
    if (seconds > 0) onProgress(`Another process is starting the embedded server (${seconds} s)`);
  };
  return withFileLock(path.join(config.dataFolder, 'dev.lock'), { onWait }, async () => {
    // Another process may have brought one up while this one waited for the lock.
    const meanwhile = await connectToDev(config);
    return meanwhile ?? startEmbedded(options);
  });
}

async function startEmbedded({ config: given, env, onProgress }: EnvironmentOptions): Promise<Environment> {
  // Only this user's processes reach it, unless somebody says that this is not enough.
  const config = { ...given, trustNamespace: given.trustNamespace ?? true };
  const serverEnv = { ...env };
  dropPersonalToken(serverEnv);
  const binary = await resolveTemporalBinary({ env, cacheFolder: defaultCacheFolder(env), onProgress });
  const [server, store] = await Promise.all([
    startTemporalServer({
      binary: binary.path,
      dataFile: serverFile(config),
      searchAttributes: SEARCH_ATTRIBUTES,
      env: serverEnv,
    }),
    openLocalStore(config),
  ]);
  onProgress(`Temporal ${binary.version} (${binary.source}) at ${server.address}, data in ${config.dataFolder}`);
  onProgress(
    config.trustNamespace
      ? 'Decisions here are believed to come from whoever they name (as with MANDATE_TRUST_NAMESPACE=yes).'
      : 'Decisions here count when they are proven (MANDATE_TRUST_NAMESPACE=no); see: mandate tokens --help',
  );
  const roles = await startAllRoles(server, store, config).catch(async (error: unknown) => {
    // What is up already would keep this process from ending.
    await Promise.allSettled([server.stop(), store.close()]);
    throw error;
  });
  await writeDevFile(config, server);
  const connection = await Connection.connect({ address: server.address });
  return {
    client: new Client({ connection }),
    connection,
    address: server.address,
    namespace: 'default',
    ...(server.uiAddress === undefined ? {} : { uiAddress: server.uiAddress }),
    source: 'embedded',
    async close() {
      await rm(devFile(config), { force: true });
      await roles.stop();
      await connection.close();
      await server.stop();
      await store.close();
    },
  };
}

/** Errors, and what operators are told: the log is where they are told by default. */
function devLogger(): DefaultLogger {
  const errors = new DefaultLogger('ERROR');
  return new DefaultLogger('WARN', ({ level, message, meta }) => {
    const notification: unknown = meta?.['notification'];
    if (level === 'WARN' && notification !== undefined) {
      process.stderr.write(`${JSON.stringify({ level, message, notification })}\n`);
      return;
    }
    errors.log(level, message, meta);
  });
}

async function startAllRoles(server: TemporalServer, store: Store, config: Config): Promise<{ stop(): Promise<void> }> {
  Runtime.install({
    logger: devLogger(),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
    // What has begun must settle first; the command line decides when to stop.
    shutdownSignals: [],
  });
  const connection = await NativeConnection.connect({ address: server.address });
  const workers = await createWorkers({
    connection,
    namespace: 'default',
    config,
    store,
    roles: ROLES,
    makeDraftKey: true,
  }).catch(async (error: unknown) => {
    await connection.close();
    throw error;
  });
  const running = workers.map((worker) => worker.run());
  return {
    async stop() {
      for (const worker of workers) worker.shutdown('its mandate dev or mandate run ended');
      await Promise.allSettled(running);
      await connection.close();
    },
  };
}

async function openLocalStore(config: Config): Promise<Store> {
  const store = await openStore(storeLocation(config));
  await store.migrate();
  return store;
}

function serverFile(config: Config): string {
  return path.join(config.dataFolder, 'temporal.db');
}

function devFile(config: Config): string {
  return path.join(config.dataFolder, 'dev.json');
}

async function writeDevFile(config: Config, { address, uiAddress }: TemporalServer): Promise<void> {
  const staging = `${devFile(config)}.${process.pid}`;
  const content = { address, pid: process.pid, ...(uiAddress === undefined ? {} : { uiAddress }) };
  await writeFile(staging, JSON.stringify(content));
  await chmod(staging, 0o600);
  await rename(staging, devFile(config));
}

async function readDevFile(config: Config): Promise<z.infer<typeof DevFile> | undefined> {
  const text = await readFile(devFile(config), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return DevFile.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
