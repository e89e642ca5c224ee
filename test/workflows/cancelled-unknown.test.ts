import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aDispatch, becomes, reconcile, startDispatch } from '../support/dispatches.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';

let mandate: Mandate;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  mandate = await startMandate({ env: receiver.env });
});
afterAll(async () => {
  await mandate.stop();
  await receiver.close();
});

describe('a dispatch that is cancelled while its outcome is unknown', () => {
  it.each([
    ['happened', 'completed'],
    ['did_not_happen', 'completed_with_error'],
  ] as const)('can still be settled by a person: it %s', async (outcome, status) => {
    const handle = await startDispatch(mandate.client, aDispatch(`${receiver.url}/answer/500`, { approval: 'none' }));
    await becomes(handle, 'needs_reconciliation');

    await handle.cancel();
    const answer = await reconcile(handle, outcome, { url: 'https://example.com/17' });

    expect(answer).toMatchObject({ outcome: 'accepted', status });
    expect(await handle.result()).toMatchObject({ status });
  });
});
