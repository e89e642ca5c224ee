import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { ResultPromise } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMandate } from '../../src/client.ts';
import type { InboxRow, Mandate as MandateClient } from '../../src/client.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { until } from '../support/until.ts';
import { built } from '../cli/support/built.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/approval-as-a-service', import.meta.url));

let mandate: Mandate;
let client: MandateClient;
let folder: string;
let worker: ResultPromise;
beforeAll(async () => {
  // It imports the package by its name, as any other program does.
  await built();
  folder = await mkdtemp(path.join(os.tmpdir(), 'mandate-refunds-'));
  mandate = await startMandate();
  client = createMandate(mandate.client);
  worker = script('worker.mjs');
  worker.catch(() => undefined);
  let said = '';
  worker.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until('the worker of the example', () => said.includes('ready'), 90);
});
afterAll(async () => {
  worker.kill();
  await worker.catch(() => undefined);
  await mandate.stop();
  await rm(folder, { recursive: true, force: true });
});

function script(name: string, ...args: string[]): ResultPromise {
  const env = {
    TEMPORAL_ADDRESS: mandate.address,
    TEMPORAL_NAMESPACE: mandate.namespace,
    REFUNDS_FILE: path.join(folder, 'refunds.txt'),
  };
  return execa(process.execPath, [path.join(EXAMPLE, name), ...args], { env });
}

async function outcomeOf(run: ResultPromise): Promise<unknown> {
  const { stdout } = await run;
  return JSON.parse(String(stdout));
}

const requestAbout = (order: string): Promise<InboxRow> =>
  until(`the request about ${order}`, async () =>
    (await client.inbox()).find(({ title }) => title.startsWith(`Refund ${order}:`)),
  );

const book = (): Promise<string> => readFile(path.join(folder, 'refunds.txt'), 'utf8').catch(() => '');

describe("somebody else's workflow", () => {
  it('goes on when people approve', async () => {
    const refund = script('refund.mjs', 'order-1', '120');
    const { requestId } = await requestAbout('order-1');

    await client.decide(requestId, { by: 'ana', verdict: 'approve' });

    expect(await outcomeOf(refund)).toMatchObject({ paid: true, status: 'approved', decisions: [{ by: 'ana' }] });
    expect(await book()).toMatch(/^order-1 120$/m);
  });

  it('asks two people about much money', async () => {
    const refund = script('refund.mjs', 'order-2', '900');
    const { requestId, needs } = await requestAbout('order-2');

    await client.decide(requestId, { by: 'ana', verdict: 'approve' });
    await client.decide(requestId, { by: 'ben', verdict: 'approve' });

    expect(needs).toEqual({ approvals: 2 });
    expect(await outcomeOf(refund)).toMatchObject({ paid: true, decisions: [{ by: 'ana' }, { by: 'ben' }] });
  });

  it('does not go on when somebody rejects', async () => {
    const refund = script('refund.mjs', 'order-3', '120');
    const { requestId } = await requestAbout('order-3');

    await client.decide(requestId, { by: 'ben', verdict: 'reject', reason: 'paid back already' });

    expect(await outcomeOf(refund)).toMatchObject({ paid: false, status: 'rejected' });
    expect(await book()).not.toMatch(/order-3/);
  });

  it('does not go on when nobody decides in time', async () => {
    expect(await outcomeOf(script('refund.mjs', 'order-4', '120', '1'))).toEqual({
      paid: false,
      status: 'expired',
      decisions: [],
    });
    expect(await book()).not.toMatch(/order-4/);
  });

  it('withdraws its request when it is cancelled', async () => {
    const refund = script('refund.mjs', 'order-5', '120');
    const { requestId } = await requestAbout('order-5');

    await mandate.client.workflow.getHandle('refund/order-5').cancel();

    expect(await outcomeOf(refund)).toMatchObject({ paid: false, status: 'cancelled' });
    expect(await client.request(requestId)).toMatchObject({ status: 'cancelled' });
  });
});

it('a program without a workflow asks through the client', async () => {
  const asking = script('ask.mjs', 'order-6', '120');
  const { requestId } = await requestAbout('order-6');

  await client.decide(requestId, { by: 'ben', verdict: 'approve' });

  expect(await outcomeOf(asking)).toMatchObject({ requestId, status: 'approved', decisions: [{ by: 'ben' }] });
});
