import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';

const PREBUILT = new URL('./workflows.bundle.js', import.meta.url);

export type WorkflowBundle = NonNullable<WorkerOptions['workflowBundle']>;

/** The workflows' code: the bundle that the build made, or one made now when running from source. */
export async function workflowBundle(): Promise<WorkflowBundle> {
  if (import.meta.url.endsWith('.js') && existsSync(PREBUILT)) return { codePath: fileURLToPath(PREBUILT) };
  return bundleWorkflows();
}

/** Bundles the workflows that lie beside this file. */
export async function bundleWorkflows(): Promise<{ code: string }> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const beside = (file: string): string => fileURLToPath(new URL(`./workflows/${file}.${extension}`, import.meta.url));
  return bundleWorkflowCode({
    workflowsPath: beside('index'),
    payloadConverterPath: beside('payload-converter'),
    // Evaluated once for all workflows instead of once for each; see the file.
    preloadModules: [beside('preload')],
    logger: { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing },
  });
}

function nothing(): void {
  // The bundler reports sizes and timings, which are of no use to anybody here.
}
