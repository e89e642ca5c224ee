import { approveAll, newIds, park } from './actions.ts';
import type { BenchEnvironment } from './bench-environment.ts';
import type { Figure } from './figure.ts';
import { median } from './statistics.ts';
import type { Variant } from './variant.ts';
import type { WorkerChild } from './worker-child.ts';

interface Round {
  readonly perSecond: number;
  readonly cpuMs: number;
}

/** Actions started together, approved together and awaited to the last: how many a second, and what each costs its worker. */
export async function measureThroughput(
  { client, variants: [bare, mandate] }: BenchEnvironment,
  workers: { readonly bare: WorkerChild; readonly mandate: WorkerChild },
  { rounds, actions }: { readonly rounds: number; readonly actions: number },
): Promise<Figure[]> {
  const runRound = async (variant: Variant): Promise<Round> => {
    const before = await workers[variant.name].ask('cpuSeconds');
    const began = performance.now();
    const ids = newIds(actions);
    await park(client, variant, ids);
    await approveAll(client, variant, ids);
    const seconds = (performance.now() - began) / 1000;
    const after = await workers[variant.name].ask('cpuSeconds');
    return { perSecond: actions / seconds, cpuMs: ((after - before) * 1000) / actions };
  };
  const done: { bare: Round; mandate: Round }[] = [];
  for (let round = 0; round < rounds; round++) {
    done.push({ bare: await runRound(bare), mandate: await runRound(mandate) });
  }
  const middle = (figure: keyof Round): Pick<Figure, 'bare' | 'mandate'> => ({
    bare: median(done.map((round) => round.bare[figure])),
    mandate: median(done.map((round) => round.mandate[figure])),
  });
  return [
    { name: 'gated actions at saturation', unit: '1/s', ...middle('perSecond'), goal: { atLeast: 0.6 } },
    { name: 'worker CPU per action', unit: 'ms', ...middle('cpuMs') },
  ];
}
