import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dispatchStateQuery } from '../../src/workflows/messages.ts';
import { aDispatch, becomes, dispatchApproved, reconcile, startDispatch } from '../support/dispatches.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { reset, resetPoints } from '../support/resets.ts';
import { until } from '../support/until.ts';

// Long enough for a draft to be carried out before it expires.
const TTL_SECONDS = 20;

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

describe('a dispatch that is reset when its draft has expired', () => {
  it('ends as its claim says, at whatever event it was reset', async () => {
    const request = aDispatch(`${receiver.url}/ok`, { ttlSeconds: TTL_SECONDS });
    const handle = await dispatchApproved(mandate.client, request);
    const first = await handle.result();
    const { runId, startTime } = await handle.describe();
    await sleep(startTime.getTime() + (TTL_SECONDS + 1) * 1_000 - Date.now());

    for (const eventId of await resetPoints(handle)) {
      const again = await reset(mandate, handle, runId, eventId);

      expect(await again.result()).toMatchObject({ status: 'completed', receipt: first.receipt });
    }
    expect(receiver.count(request.draftId)).toBe(1);
    expect(await mandate.recorded(request.run)).not.toContain('draft.ended');
  });

  it('still waits for a person when its outcome was unknown', async () => {
    const request = aDispatch(`${receiver.url}/answer/500`, { approval: 'none', ttlSeconds: TTL_SECONDS });
    const handle = await startDispatch(mandate.client, request);
    await becomes(handle, 'needs_reconciliation');
    const { runId, startTime } = await handle.describe();
    await sleep(startTime.getTime() + (TTL_SECONDS + 1) * 1_000 - Date.now());

    // When its signature was there, and the effect was not begun yet.
    const signedAt = (await resetPoints(handle))[1] ?? 0;
    const again = await reset(mandate, handle, runId, signedAt);
    await becomes(again, 'needs_reconciliation');
    await reconcile(again, 'happened');

    expect(await again.result()).toMatchObject({ status: 'completed' });
    expect(receiver.count(request.draftId)).toBe(1);
  });
});

describe('a dispatch that is reset and rejected this time', () => {
  it('is completed, since it has happened', async () => {
    const request = aDispatch(`${receiver.url}/ok`);
    const handle = await dispatchApproved(mandate.client, request);
    const first = await handle.result();
    const { runId } = await handle.describe();

    const again = await reset(mandate, handle, runId, (await resetPoints(handle))[0] ?? 0);
    const asked = await until('another request', async () => {
      const { requestId } = await again.query(dispatchStateQuery);
      return requestId !== first.requestId && requestId;
    });
    await mandate.client.workflow.getHandle(`approval/${asked}`).signal('reject', { by: 'ana', reason: 'not now' });

    expect(await again.result()).toMatchObject({ status: 'completed', receipt: first.receipt });
    expect(receiver.count(request.draftId)).toBe(1);
  });
});

describe('a dispatch that ended without an effect', () => {
  it('ends so again, at whatever event it is reset, also after its end was recorded', async () => {
    await mandate.rest(['executor']);
    const request = aDispatch(`${receiver.url}/ok`, { approval: 'none', ttlSeconds: 1 });
    const handle = await startDispatch(mandate.client, request);
    const first = await handle.result();
    await mandate.work(['executor']);
    const { runId } = await handle.describe();
    const points = await resetPoints(handle);

    for (const eventId of points) {
      const again = await reset(mandate, handle, runId, eventId);

      expect(await again.result()).toMatchObject({ status: 'expired' });
    }
    expect(first).toMatchObject({ status: 'expired' });
    // Its end was recorded, and operators were told of it, before the last of them.
    expect(points.length).toBeGreaterThan(2);
    expect(receiver.count(request.draftId)).toBe(0);
  });
});
