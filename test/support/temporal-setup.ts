import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { defaultCacheFolder, resolveTemporalBinary } from '../../src/dev/temporal-binary.ts';
import { startTemporalServer } from '../../src/dev/temporal-server.ts';
import { bundleWorkflows } from '../../src/workflow-bundle.ts';
import { SEARCH_ATTRIBUTES } from '../../src/workflows/search-attributes.ts';

declare module 'vitest' {
  interface ProvidedContext {
    temporalAddress: string;
    /** The `temporal` program, which is also a command-line client. */
    temporalBinary: string;
    workflowBundle: string;
  }
}

// One for each process that vitest runs test files in. The spare ones are for files that need more than one, or tests that
// run at the same time within a file; each belongs to one file, since any two files may run at the same time.
const POOLS = ['pool-1', 'pool-2', 'pool-3', 'pool-4'];
const KILLED = ['kill-1', 'kill-2', 'kill-3', 'kill-4', 'kill-5', 'kill-6', 'kill-7', 'kill-8', 'kill-9'];
// Those of tests whose workers are other processes too: what these leave open must not be taken up by the next file's.
const SPARE = ['poor', 'bare', 'critical', 'proven', 'cli-mail', 'cli-worker', ...KILLED];

/** One real Temporal server and one bundle of the workflows for the whole run; each test file takes a namespace of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mandate-test-'));
  const binary = await resolveTemporalBinary({
    env: process.env,
    cacheFolder: defaultCacheFolder(process.env),
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  const server = await startTemporalServer({
    binary: binary.path,
    dataFile: path.join(folder, 'temporal.db'),
    namespaces: ['default', ...POOLS, ...SPARE],
    uiPort: null,
    searchAttributes: SEARCH_ATTRIBUTES,
  });
  process.stderr.write(`Temporal ${binary.version} (${binary.source}) at ${server.address}\n`);
  const bundle = path.join(folder, 'workflow-bundle.js');
  await writeFile(bundle, (await bundleWorkflows()).code);
  project.provide('temporalAddress', server.address);
  project.provide('temporalBinary', binary.path);
  project.provide('workflowBundle', bundle);
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
