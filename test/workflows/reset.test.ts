import { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dispatchStateQuery, inboxItemQuery } from '../../src/workflows/messages.ts';
import { ask, eventsOf } from '../support/ask.ts';
import type { DispatchHandle } from '../support/dispatches.ts';
import {
  aDispatch,
  approve,
  becomes,
  dispatchApproved,
  reconcile,
  requestOf,
  startDispatch,
} from '../support/dispatches.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { reset, resetPoints } from '../support/resets.ts';
import { until } from '../support/until.ts';

const { ResetReapplyExcludeType, TimeoutType } = temporal.api.enums.v1;
const REAPPLY = {
  'with its messages applied again': [],
  'without its messages': [
    ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL,
    ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE,
  ],
};

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

describe.each(Object.entries(REAPPLY))('a workflow that is reset, %s', (_how, exclude) => {
  it('never repeats the effect of a dispatch that had ended, at whatever event', async () => {
    const request = aDispatch(`${receiver.url}/ok`);
    const handle = await dispatchApproved(mandate.client, request);
    const first = await handle.result();
    const { runId } = await handle.describe();

    for (const eventId of await resetPoints(handle)) {
      const again = await reset(mandate, handle, runId, eventId, exclude);
      const asked = await until('its end, or a question to people', async () => {
        const { status } = await again.describe();
        if (status.name !== 'RUNNING') return { status: status.name };
        const { requestId } = await again.query(dispatchStateQuery);
        return requestId !== undefined && requestId !== first.requestId && { status: 'asked' };
      });
      // People are asked anew; whatever they say now, it has happened already.
      if (asked.status === 'asked') await approve(mandate.client, again);

      const outcome = await again.result();
      expect(outcome).toMatchObject({ status: 'completed', receipt: first.receipt });
      expect(receiver.count(request.draftId)).toBe(1);
    }
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  });

  it('never repeats an effect whose outcome was unknown and then settled', async () => {
    const request = aDispatch(`${receiver.url}/answer/500`, { approval: 'none' });
    const handle = await startDispatch(mandate.client, request);
    await becomes(handle, 'needs_reconciliation');
    await reconcile(handle, 'happened');
    const first = await handle.result();
    const { runId } = await handle.describe();

    for (const eventId of await resetPoints(handle)) {
      const again = await reset(mandate, handle, runId, eventId, exclude);

      expect(await again.result()).toMatchObject({ status: 'completed', receipt: first.receipt });
      expect(receiver.count(request.draftId)).toBe(1);
    }
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  });

  it('is still unknown, and can still be settled, when its outcome was unknown', async () => {
    const request = aDispatch(`${receiver.url}/cut`, { approval: 'none' });
    const handle = await startDispatch(mandate.client, request);
    await becomes(handle, 'needs_reconciliation');
    const { runId } = await handle.describe();
    const points = await resetPoints(handle);

    let again: DispatchHandle = handle;
    for (const eventId of points) again = await reset(mandate, handle, runId, eventId, exclude);
    await becomes(again, 'needs_reconciliation');
    await reconcile(again, 'did_not_happen');

    expect(await again.result()).toMatchObject({ status: 'completed_with_error' });
    expect(receiver.count(request.draftId)).toBe(1);
  });

  it.each([
    ['before', 'superseded'],
    ['after', 'approved'],
  ])('carries out its draft once when it is reset to a point %s people were asked', async (point, end) => {
    const request = aDispatch(`${receiver.url}/ok`);
    const handle = await startDispatch(mandate.client, request);
    const asked = await requestOf(handle);
    const { runId } = await handle.describe();
    const points = await until('a task after the question', async () => {
      const events = await eventsOf(handle);
      return events.at(-1) === 'workflowTaskCompletedEventAttributes' && resetPoints(handle);
    });

    const again = await reset(mandate, handle, runId, points.at(point === 'before' ? 0 : -1) ?? 0, exclude);
    await approve(mandate.client, again);

    expect(await again.result()).toMatchObject({ status: 'completed' });
    expect(receiver.count(request.draftId)).toBe(1);
    // No question stays behind that nothing can come of.
    expect(await mandate.client.workflow.getHandle(`approval/${asked}`).result()).toMatchObject({ status: end });
  });
});

describe('an approval that is reset', () => {
  it('counts its decision again only where its messages are applied again, and waits for people otherwise', async () => {
    // Longer than a machine stands still: what is too long for that hangs.
    const handle = await ask(mandate.client, {}, { workflowTaskTimeout: '2 minutes' });
    await handle.query(inboxItemQuery);
    await handle.signal('approve', 'ana');
    await handle.result();
    const { runId } = await handle.describe();
    const [begun = 0] = await resetPoints(handle);

    const counted = await reset(mandate, handle, runId, begun, []);
    expect(await counted.result()).toMatchObject({ status: 'approved', decisions: [{ by: 'ana' }] });

    const asked = await reset(mandate, handle, runId, begun, REAPPLY['without its messages']);
    expect(await asked.query(inboxItemQuery)).toMatchObject({ status: 'pending', votes: [] });
    await asked.signal('reject', { by: 'ben', reason: 'not again' });
    expect(await asked.result()).toMatchObject({ status: 'rejected' });
    const { events } = await asked.fetchHistory();
    const timedOut = (events ?? []).map((event) => event.workflowTaskTimedOutEventAttributes?.timeoutType);
    expect(timedOut).not.toContain(TimeoutType.TIMEOUT_TYPE_START_TO_CLOSE);
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  });
});
