import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { dispatchWorkflowId } from '../src/contract/ids.ts';
import type { Environment } from './environment.ts';

// One cause shows in many drafts.
const MAX_DRAFTS = 20;

/** Keeps what tells why the books of some drafts do not balance: history, description, claim, arrivals. Returns where. */
export async function keepEvidence(
  { client, calls, store, receiver }: Environment,
  seed: string,
  draftIds: readonly string[],
): Promise<string> {
  const folder = path.join(os.tmpdir(), `mandate-soak-evidence-${seed}-${process.pid}`);
  await mkdir(folder, { recursive: true });
  const wanted = new Set<unknown>(draftIds.slice(0, MAX_DRAFTS));
  const counts = await receiver.counts();
  const entries = [];
  for await (const entry of store.ledger.export()) if (wanted.has(entry.body['draftId'])) entries.push(entry);
  for (const draftId of draftIds.slice(0, MAX_DRAFTS)) {
    const handle = client.workflow.getHandle(dispatchWorkflowId(draftId));
    const history = await calls.attempt('history', () => handle.fetchHistory());
    const described = await calls.attempt('describe', () => handle.describe());
    const evidence = {
      claim: await store.claims.get(draftId),
      received: counts.get(draftId),
      ledger: entries.filter(({ body }) => body['draftId'] === draftId),
      pending: described?.raw.pendingActivities,
      history: history === undefined ? undefined : JSON.parse(historyToJSON(history)),
    };
    await writeFile(path.join(folder, `${draftId}.json`), JSON.stringify(evidence, undefined, 2));
  }
  return folder;
}
