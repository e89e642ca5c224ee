import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DispatchOutcome, DispatchRequest } from '../../src/contract/dispatch.ts';
import { dispatchStateQuery } from '../../src/workflows/messages.ts';
import { aDispatch, approve, dispatchApproved, startDispatch } from '../support/dispatches.ts';
import type { DispatchHandle } from '../support/dispatches.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

let mandate: Mandate;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  mandate = await startMandate({ env: receiver.env });
});
afterEach(async () => {
  await mandate.store.executors.resume([]);
  await mandate.work();
});
afterAll(async () => {
  await mandate.stop();
  await receiver.close();
});

const toReceiver = (overrides: Partial<DispatchRequest> = {}): DispatchRequest =>
  aDispatch(`${receiver.url}/ok`, { approval: 'none', ...overrides });

/** Approved and signed, and held back before its effect until the executor is resumed. */
async function heldBack(request: DispatchRequest): Promise<DispatchHandle> {
  await mandate.store.executors.pause({ by: 'olga', reason: 'looking', time: new Date().toISOString() }, []);
  const handle = await startDispatch(mandate.client, request);
  await until('the draft being held back', async () => (await handle.query(dispatchStateQuery)).deferred);
  return handle;
}

async function nothingConsumed(request: DispatchRequest): Promise<void> {
  expect(receiver.count(request.draftId)).toBe(0);
  expect(await mandate.store.claims.get(request.draftId)).toBeUndefined();
  expect(await mandate.recorded(request.run)).not.toContain('effect.claimed');
}

/** A refusal is recorded, and operators are told of it. */
async function recordedAndTold(request: DispatchRequest, outcome: DispatchOutcome): Promise<void> {
  const entries = await until('the operators being told', async () => {
    const recorded = await mandate.store.ledger.entries({ run: request.run });
    return recorded.some(({ type }) => type === 'notification.sent') && recorded;
  });
  expect(entries.find(({ type }) => type === 'draft.ended')?.body).toMatchObject({
    status: outcome.status,
    reason: outcome.error,
  });
}

describe('an approved draft is refused, in this order and with nothing consumed,', () => {
  it('when it does not verify: its key is forgotten', async () => {
    const request = toReceiver();
    const handle = await heldBack(request);

    // A key file of its own making: none of its keys has signed the draft.
    await rm(path.join(mandate.folder, 'draft-key.json'));
    await mandate.store.executors.resume([]);
    const outcome = await handle.result();

    expect(outcome).toMatchObject({
      status: 'verify_failed',
      result: 'verify_failed',
      error: expect.stringMatching(/unknown_key/),
    });
    await nothingConsumed(request);
    await recordedAndTold(request, outcome);
  });

  it('when its time is over, though it was approved in time', async () => {
    // Long enough for it to be held back before that.
    const request = toReceiver({ ttlSeconds: 30 });
    const handle = await heldBack(request);

    const outcome = await handle.result();

    expect(outcome).toMatchObject({
      status: 'expired',
      result: 'frozen',
      error: expect.stringMatching(/expired.*olga has paused/),
    });
    await nothingConsumed(request);
    await recordedAndTold(request, outcome);
  });

  it('when its effect is non-delegable, whoever approved it', async () => {
    const request = aDispatch(`${receiver.url}/ok`, { declared: ['venture_kill'] });

    const outcome = await (await dispatchApproved(mandate.client, request)).result();

    expect(outcome).toMatchObject({
      status: 'terminal_unrecoverable',
      result: 'refused_non_delegable',
      error: expect.stringMatching(/venture_kill.*mandate attest/),
    });
    await nothingConsumed(request);
    await recordedAndTold(request, outcome);
  });

  it('when its agent was revoked', async () => {
    const request = toReceiver();
    const handle = await heldBack(request);
    const { run, agent } = request;
    const time = new Date().toISOString();
    await mandate.store.ledger.append([
      { entryId: `${run}/revoked`, run, agent, type: 'agent.revoked', time, body: { by: 'olga', reason: 'enough' } },
    ]);

    await mandate.store.executors.resume([]);
    const outcome = await handle.result();

    expect(outcome).toMatchObject({ status: 'cancelled', error: expect.stringMatching(/was revoked/) });
    await nothingConsumed(request);
    await recordedAndTold(request, outcome);
  });

  it('when it is outside what the executor may do any more', async () => {
    const request = aDispatch('http://192.0.2.1/elsewhere', { approval: 'none' });

    const outcome = await (await startDispatch(mandate.client, request)).result();

    expect(outcome).toMatchObject({ status: 'verify_failed', error: expect.stringMatching(/MANDATE_WEBHOOK_URLS/) });
    await nothingConsumed(request);
    await recordedAndTold(request, outcome);
  });
});

describe('a paused executor', () => {
  it('holds drafts back without an end, and lets them go on once it is resumed', async () => {
    const request = toReceiver();
    const handle = await heldBack(request);

    expect(await handle.query(dispatchStateQuery)).toMatchObject({
      status: 'approved',
      deferred: { result: 'frozen', reason: expect.stringMatching(/olga has paused the executor.*looking/) },
    });
    await nothingConsumed(request);
    await mandate.store.executors.resume([]);

    expect(await handle.result()).toMatchObject({ status: 'completed' });
    expect(receiver.count(request.draftId)).toBe(1);
    expect(await mandate.recorded(request.run)).toContain('draft.deferred');
  });

  it('that is not there does not keep a draft from being cancelled, and carries it out no more when it comes', async () => {
    await mandate.rest(['executor']);
    const request = aDispatch(`${receiver.url}/ok`);
    const handle = await startDispatch(mandate.client, request);
    await approve(mandate.client, handle);
    await until('the approval', async () => (await mandate.recorded(request.run)).includes('approval.ended'));
    await mandate.work(['executor']);
    const waiting = await heldBack(toReceiver());
    await mandate.rest(['executor']);
    await mandate.store.executors.resume([]);
    await until('an attempt that nobody takes', async () => {
      const { raw } = await waiting.describe();
      return (raw.pendingActivities ?? []).some(({ activityType }) => activityType?.name === 'carryOut');
    });

    await waiting.cancel();
    const outcome = await waiting.result();
    await mandate.work(['executor']);
    await handle.result();

    expect(outcome).toMatchObject({ status: 'cancelled' });
    expect(receiver.count(outcome.draftId)).toBe(0);
    expect((await mandate.store.claims.get(outcome.draftId))?.settlement).toMatchObject({ outcome: 'withdrawn' });
    // The executor has come by the attempt: what was approved before it was there is done.
    expect(receiver.count(request.draftId)).toBe(1);
  });

  it('ends in its true outcome what has begun, whoever cancels', async () => {
    const request = aDispatch(`${receiver.url}/slow/1500`, { approval: 'none' });
    const handle = await startDispatch(mandate.client, request);
    await until('the effect being begun', () => receiver.count(request.draftId) === 1);

    await handle.cancel();

    expect(await handle.result()).toMatchObject({ status: 'completed', result: 'executed' });
  });

  it('does not keep a draft from being cancelled', async () => {
    const request = toReceiver();
    const handle = await heldBack(request);

    await handle.cancel();

    expect(await handle.result()).toMatchObject({ status: 'cancelled' });
    expect(receiver.count(request.draftId)).toBe(0);
    expect(await mandate.recorded(request.run)).not.toContain('effect.claimed');
    // Where the executor was just being asked again, that attempt is withdrawn.
    const claim = await mandate.store.claims.get(request.draftId);
    expect(claim === undefined || claim.settlement?.outcome === 'withdrawn').toBe(true);
  });
});
