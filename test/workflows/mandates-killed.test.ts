import { afterAll, beforeAll, expect, it } from 'vitest';
import { dispatchStateQuery } from '../../src/workflows/messages.ts';
import { aDispatch, becomes, reconcile, startDispatch } from '../support/dispatches.ts';
import { aMandate, grantIn } from '../support/mandates.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { startChildWorker } from '../support/start-child-worker.ts';
import { until } from '../support/until.ts';

let mandate: Mandate;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  mandate = await startMandate({ env: receiver.env, roles: ['worker'] });
});
afterAll(async () => {
  await mandate.stop();
  await receiver.close();
});

async function aGrant(agent: string, maxUses: number): Promise<string> {
  const scope = { agents: [agent], targets: [{ url: `${receiver.url}/**` }] };
  return (await grantIn(mandate.store, aMandate({ maxUses }, scope))).id;
}

it('an executor that is killed between its claim and its effect has used the mandate once', async () => {
  const id = await aGrant('killed', 1);
  const victim = await startChildWorker(mandate, { roles: ['executor'], holdAt: 'after the claim' });
  const request = aDispatch(`${receiver.url}/ok`, { agent: 'killed', timeoutSeconds: 1 });
  try {
    const handle = await startDispatch(mandate.client, request);
    await victim.held();

    await victim.kill();
    await mandate.work(['executor']);
    const unknown = await becomes(handle, 'needs_reconciliation');
    await reconcile(handle, 'did_not_happen', { reason: 'the receiver knows nothing of it' });

    expect(unknown).toMatchObject({ mandate: id });
    expect(await handle.result()).toMatchObject({ status: 'completed_with_error', mandate: id });
    expect(receiver.count(request.draftId)).toBe(0);
    expect(await mandate.store.mandates.get(id)).toMatchObject({ uses: 1 });
    // The one use is gone with it: the next draft is for people.
    const next = await startDispatch(mandate.client, aDispatch(`${receiver.url}/ok`, { agent: 'killed' }));
    await until('people being asked', async () => (await next.query(dispatchStateQuery)).requestId);
    await next.cancel();
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  } finally {
    await victim.kill();
    await mandate.rest(['executor']);
  }
});

it('two executors in two processes never let more through than it has uses', async () => {
  const id = await aGrant('many', 6);
  const other = await startChildWorker(mandate, { roles: ['executor'] });
  try {
    await mandate.work(['executor']);
    const requests = Array.from({ length: 18 }, () => aDispatch(`${receiver.url}/ok`, { agent: 'many' }));

    const handles = await Promise.all(requests.map((request) => startDispatch(mandate.client, request)));
    await until(
      'all being through or asked about',
      async () => {
        const states = await Promise.all(handles.map((handle) => handle.query(dispatchStateQuery)));
        return states.every(({ status, requestId }) => status === 'completed' || requestId !== undefined);
      },
      120,
    );

    expect(requests.filter(({ draftId }) => receiver.count(draftId) === 1)).toHaveLength(6);
    expect(await mandate.store.mandates.get(id)).toMatchObject({ uses: 6 });
    const used = await mandate.store.ledger.entries({ type: 'mandate.used' });
    expect(used.filter(({ body }) => body['mandate'] === id).map(({ body }) => body['uses'])).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    await Promise.all(handles.map((handle) => handle.cancel().catch(() => undefined)));
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  } finally {
    await other.kill();
  }
});
