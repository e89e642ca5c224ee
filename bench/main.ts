import { parseArgs } from 'node:util';
import { approveAll, newIds, park } from './actions.ts';
import { openBenchEnvironment } from './bench-environment.ts';
import type { BenchEnvironment } from './bench-environment.ts';
import type { Figure } from './figure.ts';
import { describeMachine } from './machine.ts';
import { measureEvents } from './measure-events.ts';
import { measureInbox } from './measure-inbox.ts';
import { measureLatency } from './measure-latency.ts';
import { measureMemory } from './measure-memory.ts';
import { measureStartUp } from './measure-start-up.ts';
import { measureThroughput } from './measure-throughput.ts';
import { formatReport, toJson } from './print.ts';
import { formatScaled } from './scale.ts';

const FULL = {
  warmUp: 50,
  latencySamples: 200,
  rounds: 3,
  actionsPerRound: 200,
  parked: 1_000,
  startUps: 5,
  inbox: { few: 10, many: 1_000, reads: 20, decisions: 50 },
};
// To see that it runs; its figures say nothing.
const QUICK = {
  warmUp: 3,
  latencySamples: 5,
  rounds: 1,
  actionsPerRound: 10,
  parked: 20,
  startUps: 1,
  inbox: { few: 3, many: 20, reads: 2, decisions: 5 },
};
type Size = typeof FULL;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
if (options.only !== undefined && options.only !== 'inbox') {
  throw new Error(`--only takes inbox; given "${options.only}".`);
}

const environment = await openBenchEnvironment(progress);
try {
  const machine = await describeMachine(environment.connection);
  const size = options.quick ? QUICK : FULL;
  const figures = options.only === 'inbox' ? [] : await measure(environment, size);
  const scaled = await measureInbox(environment, size.inbox, progress);
  if (options.json) console.log(toJson(machine, figures, scaled));
  else {
    console.log(formatReport(machine, figures));
    console.log(formatScaled(scaled, size.inbox.few, size.inbox.many));
  }
} finally {
  await environment.close();
}

async function measure(environment: BenchEnvironment, size: Size): Promise<Figure[]> {
  const { client, variants, startWorker } = environment;
  const [bare, mandate] = variants;
  const workers = { bare: await startWorker(bare), mandate: await startWorker(mandate) };
  progress(`Warming up: ${size.warmUp} actions each`);
  for (const variant of variants) {
    const ids = newIds(size.warmUp);
    await park(client, variant, ids);
    await approveAll(client, variant, ids);
  }
  progress(`Latency and events: ${size.latencySamples} actions each, one at a time`);
  const latency = await measureLatency(environment, size.latencySamples);
  const events = await measureEvents(environment, latency.ids);
  progress(`Throughput: ${size.rounds} rounds of ${size.actionsPerRound} actions each`);
  const throughput = await measureThroughput(environment, workers, {
    rounds: size.rounds,
    actions: size.actionsPerRound,
  });
  await workers.bare.stop();
  await workers.mandate.stop();
  progress(`Memory: ${size.parked} parked actions each`);
  const memory = await measureMemory(environment, { parked: size.parked, warmUp: size.warmUp });
  progress(`Start-up: ${size.startUps} times each`);
  const startUp = await measureStartUp(environment, size.startUps);
  return [events, ...latency.figures, ...throughput, memory, startUp];
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
