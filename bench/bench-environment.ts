import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { defaultCacheFolder, resolveTemporalBinary } from '../src/dev/temporal-binary.ts';
import { startTemporalServer } from '../src/dev/temporal-server.ts';
import { bundleWorkflows } from '../src/workflow-bundle.ts';
import { SEARCH_ATTRIBUTES } from '../src/workflows/search-attributes.ts';
import { startReceiver } from './receiver.ts';
import type { Receiver } from './receiver.ts';
import { bareVariant, mandateVariant } from './variant.ts';
import type { Variant } from './variant.ts';
import { startWorkerChild } from './worker-child.ts';
import type { WorkerChild } from './worker-child.ts';

/** One Temporal server and one receiver for both variants. */
export interface BenchEnvironment {
  readonly client: Client;
  readonly connection: Connection;
  readonly binaryPath: string;
  readonly folder: string;
  readonly receiver: Receiver;
  readonly variants: readonly [bare: Variant, mandate: Variant];
  /** Starts the workers of a variant; on the default cache when no size is given. */
  readonly startWorker: (variant: Variant, maxCachedWorkflows?: number) => Promise<WorkerChild>;
  close(): Promise<void>;
}

export async function openBenchEnvironment(onProgress: (line: string) => void): Promise<BenchEnvironment> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mandate-bench-'));
  const binary = await resolveTemporalBinary({
    env: process.env,
    cacheFolder: defaultCacheFolder(process.env),
    onProgress,
  });
  const server = await startTemporalServer({
    binary: binary.path,
    dataFile: path.join(folder, 'temporal.db'),
    uiPort: null,
    searchAttributes: SEARCH_ATTRIBUTES,
  });
  const connection = await Connection.connect({ address: server.address });
  const client = new Client({ connection });
  const receiver = await startReceiver();
  const bundles = await writeBundles(folder);
  const env = {
    MANDATE_DATA: path.join(folder, 'data'),
    MANDATE_TRUST_NAMESPACE: 'yes',
    MANDATE_WEBHOOK_URLS: receiver.url,
    MANDATE_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
  };
  return {
    client,
    connection,
    binaryPath: binary.path,
    folder,
    receiver,
    variants: [bareVariant(client, receiver.url), mandateVariant(client, receiver.url)],
    startWorker: ({ name }, maxCachedWorkflows) =>
      startWorkerChild({
        variant: name,
        address: server.address,
        bundlePath: bundles[name],
        env,
        ...(maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows }),
      }),
    async close() {
      await receiver.close();
      await connection.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeBundles(folder: string): Promise<Record<Variant['name'], string>> {
  const bare = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./bare-workflow.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  const mandate = await bundleWorkflows();
  const paths = { bare: path.join(folder, 'bare.bundle.js'), mandate: path.join(folder, 'mandate.bundle.js') };
  await writeFile(paths.bare, bare.code);
  await writeFile(paths.mandate, mandate.code);
  return paths;
}
