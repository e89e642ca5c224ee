import { setTimeout as sleep } from 'node:timers/promises';
import { disturb } from './chaos.ts';
import { openEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import { keepEvidence } from './evidence.ts';
import { gatherFacts } from './facts.ts';
import { createOperator } from './operator.ts';
import { readOptions, USAGE } from './options.ts';
import type { SoakOptions } from './options.ts';
import { clearInbox } from './people.ts';
import { startPopulation } from './population.ts';
import { formatReport } from './print.ts';
import { createRandom } from './random.ts';
import { readRecord } from './record.ts';
import { reportOf } from './report.ts';
import type { Report } from './report.ts';
import { comeToRest } from './rest.ts';
import { createTally } from './tally.ts';

// What died with its worker is missed within a minute, and tried again then.
const REST_MS = 180_000;
// For starting, reading and ending, all of which take seconds; past it something hangs that should not be able to.
const SLACK_MS = 120_000;

const options = readOptions(process.argv.slice(2));
if ('fault' in options) {
  process.stderr.write(`${options.fault === '' ? '' : `${options.fault}\n\n`}${USAGE}\n`);
  process.exit(options.fault === '' ? 0 : 2);
}
let doing = 'starting';
say(`Seed ${options.seed}`);
setTimeout(giveUp, options.minutes * 60_000 + REST_MS + SLACK_MS).unref();

const environment = await openEnvironment(options, say);
let report: Report;
try {
  report = await soak(environment, options);
  const faulty = [...new Set(report.faults.map(({ draftId }) => draftId))];
  if (faulty.length > 0) say(`Their histories are in ${await keepEvidence(environment, options.seed, faulty)}`);
} finally {
  await environment.close();
}
process.stdout.write(`${options.json ? JSON.stringify(report, undefined, 2) : formatReport(report)}\n`);
process.exit(report.ok ? 0 : 1);

async function soak(environment: Environment, { seed, minutes, dispatches }: SoakOptions): Promise<Report> {
  const random = createRandom(seed);
  const tally = createTally();
  const population = startPopulation(environment, { size: dispatches, seed, random: random.fork('drafts') });
  const operator = createOperator(environment, { population, random: random.fork('operator'), tally });
  const leaving = new AbortController();
  const inbox = clearInbox(environment, random.fork('inbox'), leaving.signal);

  doing = 'disturbing';
  say(`Disturbing for ${minutes} minutes`);
  const beganAt = Date.now();
  const progress = setInterval(() => say(`${population.ids.length} dispatches, ${population.open.size} open`), 15_000);
  await disturb(environment, { forMs: minutes * 60_000, random: random.fork('chaos'), tally, operator });

  doing = 'waiting for rest';
  say('At rest from here on');
  const restsAt = Date.now();
  environment.limited = false;
  await environment.temporal.up();
  leaving.abort();
  await Promise.all([inbox, population.end()]);
  await Promise.race([Promise.all([environment.workers.complete(), environment.executors.complete()]), sleep(30_000)]);
  const rested = await comeToRest(environment, { population, operator, until: restsAt + REST_MS });
  if (!rested) say('Something did not come to rest in time');
  clearInterval(progress);

  doing = 'reading the books';
  const { store, workers, executors } = environment;
  const restedAt = Date.now();
  const endedByThemselves = workers.endedByThemselves + executors.endedByThemselves;
  return reportOf({
    seed,
    store: store.kind,
    seconds: { disturbed: (restsAt - beganAt) / 1_000, rest: (restedAt - restsAt) / 1_000 },
    drafts: await gatherFacts(environment, population.ids),
    received: await environment.receiver.counts(),
    record: await readRecord(store),
    disturbances: new Map([...tally.counts, ['workers and executors that ended by themselves', endedByThemselves]]),
    failedCalls: environment.calls.failed,
  });
}

function giveUp(): void {
  say(`Given up: it did not end in time while ${doing}. The seed was ${'fault' in options ? '' : options.seed}.`);
  process.exit(1);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
