import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { freePorts } from '../src/dev/free-port.ts';
import { defaultCacheFolder, resolveTemporalBinary } from '../src/dev/temporal-binary.ts';
import { openStore } from '../src/store/open.ts';
import type { Store } from '../src/store/open.ts';
import { bundleWorkflows } from '../src/workflow-bundle.ts';
import { createCalls } from './calls.ts';
import type { Calls } from './calls.ts';
import { startCrew } from './crew.ts';
import type { Crew } from './crew.ts';
import { createSoakDatabase } from './database.ts';
import { LIMITS } from './limits.ts';
import type { SoakOptions } from './options.ts';
import { startReceiver } from './receiver.ts';
import type { Receiver } from './receiver.ts';
import { startMortalTemporal } from './temporal.ts';
import type { MortalTemporal } from './temporal.ts';

/** Everything that is disturbed, and the receiver and the store, which are not. */
export interface Environment {
  readonly client: Client;
  readonly calls: Calls;
  readonly store: Store;
  readonly receiver: Receiver;
  /** Where nobody listens. */
  readonly deadUrl: string;
  readonly temporal: MortalTemporal;
  readonly workers: Crew;
  readonly executors: Crew;
  /** Whether executors and workers that are started from now on have limits. */
  limited: boolean;
  close(): Promise<void>;
}

// Two of each, so that there is somebody who could do it a second time.
const CREW = 2;
// A server that comes back must not be waited for longer than it takes to come back.
const RECONNECT_MS = 500;

export async function openEnvironment({ postgres }: SoakOptions, say: (line: string) => void): Promise<Environment> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mandate-soak-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const binary = await resolveTemporalBinary({
      env: process.env,
      cacheFolder: defaultCacheFolder(process.env),
      onProgress: say,
    });
    const temporal = await startMortalTemporal(binary.path, path.join(folder, 'temporal.db'));
    closing.push(() => temporal.stop());
    const connection = await Connection.connect({
      address: temporal.address,
      channelArgs: { 'grpc.initial_reconnect_backoff_ms': RECONNECT_MS, 'grpc.max_reconnect_backoff_ms': RECONNECT_MS },
    });
    closing.push(() => connection.close());

    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const receiver = await startReceiver({ file: path.join(folder, 'arrivals.jsonl'), secret });
    closing.push(() => receiver.close());
    const [deadPort = 0] = await freePorts(1);
    const deadUrl = `http://127.0.0.1:${deadPort}`;

    const database = postgres ? await createSoakDatabase() : undefined;
    if (database !== undefined) closing.push(() => database.drop());
    const store = await openStore(database?.location ?? { file: path.join(folder, 'mandate.db') });
    closing.push(() => store.close());
    await store.migrate();

    const bundle = path.join(folder, 'workflows.js');
    await writeFile(bundle, (await bundleWorkflows()).code);
    const configFile = path.join(folder, 'limits.yaml');
    await writeFile(configFile, LIMITS);
    const env = (): Record<string, string> => ({
      MANDATE_DATA: folder,
      MANDATE_TRUST_NAMESPACE: 'yes',
      ...(database === undefined ? {} : { DATABASE_URL: database.location.url }),
      ...(environment.limited ? { MANDATE_CONFIG: configFile } : {}),
    });
    const executorsEnv = (): Record<string, string> => ({
      ...env(),
      MANDATE_DRAFT_KEYS: `soak:${draftKey}`,
      MANDATE_WEBHOOK_URLS: `${receiver.url},${deadUrl}`,
      MANDATE_WEBHOOK_SECRET: secret,
    });
    const draftKey = randomBytes(32).toString('hex');
    const common = { address: temporal.address, bundle, size: CREW, logFile: path.join(folder, 'crews.log') };
    const environment: Environment = {
      client: new Client({ connection }),
      calls: createCalls(connection),
      store,
      receiver,
      deadUrl,
      temporal,
      limited: false,
      // Started when `limited` is there to be asked.
      get workers() {
        return workers;
      },
      get executors() {
        return executors;
      },
      close,
    };
    const workers = startCrew({ ...common, role: 'worker', env });
    closing.push(() => workers.end());
    const executors = startCrew({ ...common, role: 'executor', env: executorsEnv });
    closing.push(() => executors.end());
    await Promise.all([workers.complete(), executors.complete()]);
    return environment;
  } catch (error) {
    await close();
    throw error;
  }
}
