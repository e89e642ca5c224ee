// Records the histories that test/replay.test.ts replays, on a real server: `npm run record-histories`, or with names of
// paths after `--` only those.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { defaultCacheFolder, resolveTemporalBinary } from '../src/dev/temporal-binary.ts';
import { bundleWorkflows } from '../src/workflow-bundle.ts';
import { MAIL_SECRET } from './support/mail-world.ts';
import { startImpatientServer } from './support/impatient-server.ts';
import { openMandate } from './support/open-mandate.ts';
import type { Mandate } from './support/open-mandate.ts';
import { startReceiver } from './support/receiver.ts';
import { PATHS } from './support/recorded/index.ts';
import type { Recorded } from './support/recorded/path.ts';

const HISTORIES = path.join(import.meta.dirname, 'histories');
// Small enough for one path to be continued in a new history, and too many for all others.
const CONTINUES_AT = 60;

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PATHS);
const folder = await mkdtemp(path.join(os.tmpdir(), 'mandate-record-'));
const bundle = path.join(folder, 'workflow-bundle.js');
await writeFile(bundle, (await bundleWorkflows()).code);
const onProgress = (line: string): void => void process.stderr.write(`${line}\n`);
const binary = await resolveTemporalBinary({
  env: process.env,
  cacheFolder: defaultCacheFolder(process.env),
  onProgress,
});
const server = await startImpatientServer(binary.path, CONTINUES_AT);
const receiver = await startReceiver();
const env = {
  ...receiver.env,
  MANDATE_NOTIFY_WEBHOOKS: `ops ${receiver.url}/ok,down ${receiver.url}/answer/503`,
  MANDATE_MAIL_SECRET: MAIL_SECRET,
  MANDATE_NOTIFY_SECRET: receiver.env['MANDATE_WEBHOOK_SECRET'] ?? '',
};
const mandate = await openMandate({ address: server.address, namespace: 'default', bundle }, { env });
try {
  await mkdir(HISTORIES, { recursive: true });
  for (const name of names) await record(name);
} finally {
  await mandate.stop();
  await receiver.close();
  await server.stop();
  await rm(folder, { recursive: true });
}

async function record(name: string): Promise<void> {
  const drive = PATHS[name];
  if (drive === undefined) throw new Error(`There is no path "${name}"; known: ${Object.keys(PATHS).join(', ')}.`);
  const recorded = await drive({ mandate, receiver, continuesAt: CONTINUES_AT });
  for (const file of await readdir(HISTORIES)) {
    if (file.startsWith(`${name}.`)) await rm(path.join(HISTORIES, file));
  }
  for (const [index, each] of recorded.entries()) {
    const { type, text } = await historyOf(mandate, each);
    const file = `${name}.${index + 1}-${type}.json`;
    await writeFile(path.join(HISTORIES, file), text);
    process.stdout.write(`${file}\n`);
  }
}

async function historyOf(
  { client }: Mandate,
  { workflowId, runId }: Recorded,
): Promise<{ type: string; text: string }> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const { type } = await handle.describe();
  const { events } = JSON.parse(historyToJSON(await handle.fetchHistory())) as { events: unknown[] };
  const lines = events.map((event) => JSON.stringify(event, withoutMachine));
  return { type, text: `{"events":[\n${lines.join(',\n')}\n]}\n` };
}

/** What tells of the machine and not of the workflow is left out; replaying needs none of it. */
function withoutMachine(key: string, value: unknown): unknown {
  if (key === 'identity') return 'recorder';
  if (key === 'stackTrace') return undefined;
  if (typeof value !== 'string') return value;
  const plain = key === 'data' ? Buffer.from(value, 'base64').toString() : value;
  for (const trace of [os.hostname(), process.cwd(), os.homedir()]) {
    if (!asWord(trace).test(plain)) continue;
    if (key !== 'data') return withoutMachine(key, value.replaceAll(asWord(trace), 'recorder'));
    throw new Error(`A payload names this machine (${trace}): ${plain.slice(0, 300)}`);
  }
  return value;
}

/** By itself: a short name may well be a part of a random id. */
function asWord(text: string): RegExp {
  return new RegExp(`(?<![\\w-])${text.replaceAll(/[^\w]/g, '\\$&')}(?![\\w-])`, 'g');
}
