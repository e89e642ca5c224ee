import { setTimeout as sleep } from 'node:timers/promises';
import { newIds, park } from './actions.ts';
import type { BenchEnvironment } from './bench-environment.ts';
import type { Figure } from './figure.ts';
import { percentile } from './statistics.ts';
import type { Variant } from './variant.ts';

const GOAL = { atMost: 1.5 };
// What an action still does after its effect has begun must not fall into the time of the next one.
const BETWEEN_MS = 150;

/** From sending an approval to the arrival of the delivery, one at a time and in turn. Returns the ids it used too. */
export async function measureLatency(
  { client, receiver, variants }: BenchEnvironment,
  samples: number,
): Promise<{ figures: Figure[]; ids: readonly string[] }> {
  const ids = newIds(samples);
  for (const variant of variants) await park(client, variant, ids);
  // The last ones parked may still be writing.
  await sleep(1_000);
  const timeOne = async (variant: Variant, id: string): Promise<number> => {
    const arrival = receiver.arrival(id);
    const began = performance.now();
    await variant.approve(id);
    const elapsed = (await arrival) - began;
    await client.workflow.getHandle(variant.workflowId(id)).result();
    await sleep(BETWEEN_MS);
    return elapsed;
  };
  const [bare, mandate] = variants;
  const times: { bare: number; mandate: number }[] = [];
  for (const id of ids) times.push({ bare: await timeOne(bare, id), mandate: await timeOne(mandate, id) });

  const figure = (name: string, share: number): Figure => ({
    name: `approve to effect begun, ${name}`,
    unit: 'ms',
    bare: percentile(
      times.map((time) => time.bare),
      share,
    ),
    mandate: percentile(
      times.map((time) => time.mandate),
      share,
    ),
    goal: GOAL,
  });
  return { figures: [figure('p50', 0.5), figure('p95', 0.95)], ids };
}
