import { setTimeout as sleep } from 'node:timers/promises';
import { approveAll, newIds, park } from './actions.ts';
import type { BenchEnvironment } from './bench-environment.ts';
import type { Figure } from './figure.ts';
import type { Variant } from './variant.ts';
import type { WorkerChild } from './worker-child.ts';

// So that everything parked stays in the cache: two workflows an action.
const CACHED_PER_ACTION = 3;
// Of processor time; pollers and timers of an idle worker take less.
const QUIET_SECONDS_A_SECOND = 0.05;
const QUIET_WITHIN_MS = 60_000;

/** What each parked action adds to its worker's resident memory while the worker keeps all of them cached. */
export async function measureMemory(
  { client, variants: [bare, mandate], startWorker }: BenchEnvironment,
  { parked, warmUp }: { readonly parked: number; readonly warmUp: number },
): Promise<Figure> {
  const kibEach = async (variant: Variant): Promise<number> => {
    const worker = await startWorker(variant, Math.max(CACHED_PER_ACTION * parked, 100));
    const warm = newIds(warmUp);
    await park(client, variant, warm);
    await approveAll(client, variant, warm);
    const before = await quietRss(worker);
    await park(client, variant, newIds(parked));
    const after = await quietRss(worker);
    await worker.stop();
    return (after - before) / 1024 / parked;
  };
  return {
    name: `worker memory per parked action (${parked} parked)`,
    unit: 'KiB',
    bare: await kibEach(bare),
    mandate: await kibEach(mandate),
  };
}

/** Once nothing is under way any more: what was parked last may still be writing. */
async function quietRss(worker: WorkerChild): Promise<number> {
  const giveUpAt = Date.now() + QUIET_WITHIN_MS;
  for (let busy = true; busy && Date.now() < giveUpAt;) {
    const before = await worker.ask('cpuSeconds');
    await sleep(1_000);
    busy = (await worker.ask('cpuSeconds')) - before > QUIET_SECONDS_A_SECOND;
  }
  return worker.ask('rssBytes');
}
