import { setTimeout as sleep } from 'node:timers/promises';
import { createMandate } from '../src/client.ts';
import type { AskedRequest, Mandate } from '../src/client.ts';
import { approvalWorkflowId } from '../src/contract/ids.ts';
import { approveSignal } from '../src/workflows/messages.ts';
import { forEachAtOnce } from './actions.ts';
import type { BenchEnvironment } from './bench-environment.ts';
import type { Scaled } from './scale.ts';
import { percentile } from './statistics.ts';

export interface InboxSize {
  /** How many requests are open at once, at first and then. */
  readonly few: number;
  readonly many: number;
  /** How often the inbox is read. */
  readonly reads: number;
  /** How many decisions are timed, by updates and by signals each. */
  readonly decisions: number;
}

// Few enough that most of the many requests are not in it.
const BOUNDED_CACHE = 50;
const SETTLE_MS = 2_000;

/** What the inbox and decisions take with few requests open, and with many, on one server in one run. */
export async function measureInbox(
  environment: BenchEnvironment,
  size: InboxSize,
  onProgress: (line: string) => void,
): Promise<Scaled[]> {
  const figures: Scaled[] = [];
  for (const cache of [undefined, BOUNDED_CACHE]) {
    const label = cache === undefined ? 'default cache' : `cache of ${cache}`;
    figures.push(...(await measureWith(environment, size, cache, label, onProgress)));
  }
  return figures;
}

type Measured = ReadonlyMap<string, { readonly unit: string; readonly value: number }>;

async function measureWith(
  { client, variants, startWorker }: BenchEnvironment,
  size: InboxSize,
  cache: number | undefined,
  label: string,
  onProgress: (line: string) => void,
): Promise<Scaled[]> {
  const worker = await startWorker(variants[1], cache);
  const mandate = createMandate(client);
  const open: AskedRequest[] = [];
  let asked = 0;
  const askMore = async (): Promise<void> => void open.push(await mandate.ask(aRequest(asked++)));

  const measure = async (count: number): Promise<Measured> => {
    onProgress(`Inbox, ${label}: ${count} requests open`);
    await forEachAtOnce(
      Array.from({ length: count - open.length }, (_, index) => String(index)),
      askMore,
    );
    await listed(mandate, count);
    await sleep(SETTLE_MS);
    const all = await timed(size.reads, () => mandate.inbox());
    const mine = await timed(size.reads, () => mandate.inbox({ who: 'ben', priority: 'P0' }));
    // The oldest first, and a new one for each, so that the number of those open stays.
    const updates = await timed(size.decisions, () => decideOldest(mandate, open), askMore);
    const signals = await timed(size.decisions, () => signalOldest(client, open), askMore);
    const rss = (await worker.ask('rssBytes')) / 2 ** 20;
    return new Map([
      ['inbox(), p50', { unit: 'ms', value: percentile(all, 0.5) }],
      ['inbox({ who, priority }), p50', { unit: 'ms', value: percentile(mine, 0.5) }],
      ['decide to answer, p50', { unit: 'ms', value: percentile(updates, 0.5) }],
      ['decide to answer, p99', { unit: 'ms', value: percentile(updates, 0.99) }],
      ['signal to recorded end, p50', { unit: 'ms', value: percentile(signals, 0.5) }],
      ['signal to recorded end, p99', { unit: 'ms', value: percentile(signals, 0.99) }],
      ['resident memory of the worker', { unit: 'MiB', value: rss }],
    ]);
  };

  try {
    const few = await measure(size.few);
    const many = await measure(size.many);
    return Array.from(few, ([name, { unit, value }]) => ({
      name: `${name}, ${label}`,
      unit,
      few: value,
      many: many.get(name)?.value ?? Number.NaN,
    }));
  } finally {
    await forEachAtOnce(
      open.map(({ workflowId }) => workflowId),
      (id) => client.workflow.getHandle(id).terminate('the benchmark is over'),
    );
    await worker.stop();
  }
}

function aRequest(number: number): Parameters<Mandate['ask']>[0] {
  return {
    // One in ten is what the filter looks for.
    priority: number % 10 === 0 ? 'P0' : 'P1',
    title: 'Send the figures of the third quarter',
    requester: 'gus',
    approvers: [{ id: 'ana' }, { id: 'ben' }],
    action: { kind: 'note', target: { to: 'everybody' }, payload: { text: 'The figures are out.' } },
  };
}

async function listed(mandate: Mandate, count: number): Promise<void> {
  while ((await mandate.inbox({ limit: 10 * count })).length < count) await sleep(250);
}

async function decideOldest(mandate: Mandate, open: AskedRequest[]): Promise<void> {
  const { requestId } = oldest(open);
  const answer = await mandate.decide(requestId, { by: 'ana', verdict: 'approve' });
  if (answer.outcome !== 'accepted') throw new Error(`A decision was answered with ${answer.outcome}.`);
}

async function signalOldest({ workflow }: BenchEnvironment['client'], open: AskedRequest[]): Promise<void> {
  const asked = oldest(open);
  await workflow.getHandle(approvalWorkflowId(asked.requestId)).signal(approveSignal, 'ana');
  await asked.result();
}

function oldest(open: AskedRequest[]): AskedRequest {
  const asked = open.shift();
  if (asked === undefined) throw new Error('No request is open.');
  return asked;
}

/** How long each of so many took, in milliseconds; what comes between them is not timed. */
async function timed(
  count: number,
  work: () => Promise<unknown>,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < count; round++) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
    await between();
  }
  return times;
}
