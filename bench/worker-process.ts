import { setTimeout as sleep } from 'node:timers/promises';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { readConfig, storeLocation } from '../src/config.ts';
import type { RoleWorker } from '../src/role-worker.ts';
import { openStore } from '../src/store/open.ts';
import { createWorkers } from '../src/worker.ts';
import { bareActivities } from './bare-activities.ts';
import { BARE_TASK_QUEUE } from './bare-messages.ts';
import type { WorkerQuestion, WorkerSettings } from './worker-settings.ts';

// One variant's workers in a process of their own, so that its processor time and memory are theirs alone.
const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings;

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
});
const connection = await NativeConnection.connect({ address: settings.address });
const workers = settings.variant === 'bare' ? [await createBareWorker()] : await createMandateWorkers();
const running = Promise.all(workers.map((worker) => worker.run()));

const answers: Record<WorkerQuestion, () => number | Promise<number>> = { cpuSeconds, rssBytes };
process.on('message', (question: WorkerQuestion) => {
  void Promise.resolve(answers[question]()).then((answer) => process.send?.(answer));
});
// Also when the benchmark was killed.
process.on('disconnect', () => {
  for (const worker of workers) worker.shutdown();
});
process.send?.('ready');
await running;
process.exit(0);

function createBareWorker(): Promise<Worker> {
  const { maxCachedWorkflows, bundlePath } = settings;
  return Worker.create({
    connection,
    taskQueue: BARE_TASK_QUEUE,
    workflowBundle: { codePath: bundlePath },
    activities: { ...bareActivities },
    ...(maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows }),
  });
}

async function createMandateWorkers(): Promise<RoleWorker[]> {
  const config = { ...readConfig(settings.env), maxCachedWorkflows: settings.maxCachedWorkflows };
  const store = await openStore(storeLocation(config));
  await store.migrate();
  return createWorkers({
    connection,
    namespace: 'default',
    config,
    store,
    roles: ['worker', 'executor'],
    makeDraftKey: true,
    bundle: { codePath: settings.bundlePath },
  });
}

function cpuSeconds(): number {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return (userCPUTime + systemCPUTime) / 1e6;
}

async function rssBytes(): Promise<number> {
  // What finalizers hold is freed only by a collection after the next turn of the loop.
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await sleep(50);
  }
  return process.memoryUsage.rss();
}
