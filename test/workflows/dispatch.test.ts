import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createMandate } from '../../src/client.ts';
import type { DispatchRequest } from '../../src/contract/dispatch.ts';
import { freePorts } from '../../src/dev/free-port.ts';
import { dispatchStateQuery } from '../../src/workflows/messages.ts';
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
import { until } from '../support/until.ts';

let mandate: Mandate;
let receiver: Receiver;
let closedPort: number;
beforeAll(async () => {
  receiver = await startReceiver();
  [closedPort = 0] = await freePorts(1);
  const urls = `${receiver.url},http://127.0.0.1:${closedPort}`;
  mandate = await startMandate({ env: { ...receiver.env, MANDATE_WEBHOOK_URLS: urls } });
});
afterEach(async () => mandate.work());
afterAll(async () => {
  await mandate.stop();
  await receiver.close();
});

const to = (path: string, overrides: Partial<DispatchRequest> = {}): DispatchRequest =>
  aDispatch(`${receiver.url}${path}`, overrides);

describe('an approved draft', () => {
  it('is carried out once, signed, and recorded from its request to its outcome', async () => {
    const request = to('/ok', { title: 'Tell everybody' });

    const handle = await dispatchApproved(mandate.client, request);
    const outcome = await handle.result();

    expect(outcome).toMatchObject({
      status: 'completed',
      result: 'executed',
      requestId: request.draftId,
      receipt: { deliveryId: request.draftId, status: 200 },
    });
    expect(receiver.bodies(request.draftId)).toEqual(['{"text":"Ship it on Monday."}']);
    expect(await mandate.recorded(request.run)).toEqual([
      'draft.created',
      'approval.requested',
      'approval.decision',
      'approval.ended',
      'draft.signed',
      'effect.claimed',
      'effect.settled',
    ]);
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  });

  it('needs no people where its policy asks for none', async () => {
    const request = to('/ok', { approval: 'none' });

    const outcome = await (await startDispatch(mandate.client, request)).result();

    expect(outcome).toMatchObject({ status: 'completed' });
    expect(outcome.requestId).toBeUndefined();
    expect(await mandate.recorded(request.run)).toEqual([
      'draft.created',
      'draft.signed',
      'effect.claimed',
      'effect.settled',
    ]);
  });

  it('is carried out by default, and marked so, when its request declared that for silence', async () => {
    const item = { kind: 'ledger_done', target: { item: 'one' }, payload: {} };
    const request = to('', {
      action: item,
      approval: { approvers: [{ id: 'ana' }], timeoutSeconds: 1, onTimeout: 'approve' },
    });
    await mandate.store.items.open({ run: request.run, item: 'one', title: 'one', time: new Date().toISOString() });

    const outcome = await (await startDispatch(mandate.client, request)).result();

    expect(outcome).toMatchObject({ status: 'completed', default: 'approve' });
  });

  it.each([
    ['is refused by the receiver', '/answer/422', /answered 422/],
    ['is told to go elsewhere', '/answer/307', /redirect \(307\), which is not followed/],
  ])('has certainly not happened when it %s', async (_how, path, error) => {
    const request = to(path);

    const outcome = await (await dispatchApproved(mandate.client, request)).result();

    expect(outcome).toMatchObject({ status: 'completed_with_error', result: 'execute_failed' });
    expect(outcome.error).toMatch(error);
  });

  it('has certainly not happened when nobody listens at its address', async () => {
    const request = aDispatch(`http://127.0.0.1:${closedPort}/hook`);

    const outcome = await (await dispatchApproved(mandate.client, request)).result();

    expect(outcome).toMatchObject({ status: 'completed_with_error', error: expect.stringMatching(/ECONNREFUSED/) });
  });

  it('has happened when the receiver said so, however its answer ended', async () => {
    const request = to('/half');

    const outcome = await (await dispatchApproved(mandate.client, request)).result();

    expect(outcome).toMatchObject({ status: 'completed', receipt: { status: 200 } });
    expect(receiver.count(request.draftId)).toBe(1);
  });

  it('is called unknown when the answer leaves it open, and is never tried again', async () => {
    const cases = [to('/answer/500'), to('/answer/409'), to('/cut'), to('/hang', { timeoutSeconds: 15 })];

    const handles = await Promise.all(cases.map((request) => dispatchApproved(mandate.client, request)));
    const outcomes = await Promise.all(handles.map((handle) => becomes(handle, 'needs_reconciliation')));

    for (const outcome of outcomes) expect(outcome).toMatchObject({ result: 'unknown', error: expect.any(String) });
    for (const { draftId } of cases) expect(receiver.count(draftId)).toBe(1);
    for (const { run } of cases) expect(await mandate.recorded(run)).toContain('effect.unknown');
    const unsettled = await mandate.store.claims.unsettled({ olderThan: new Date().toISOString() });
    expect(unsettled.map(({ draftId }) => draftId)).toEqual(
      expect.arrayContaining(cases.map(({ draftId }) => draftId)),
    );
  });
});

describe('an unknown outcome', () => {
  it('is settled by a person who found that it happened', async () => {
    const request = to('/answer/500');
    const handle = await dispatchApproved(mandate.client, request);
    await becomes(handle, 'needs_reconciliation');

    const answer = await reconcile(handle, 'happened', { url: 'https://example.org/it' });

    expect(answer).toEqual({ outcome: 'accepted', status: 'completed' });
    expect(await handle.result()).toMatchObject({
      status: 'completed',
      receipt: { settledBy: 'olga', url: 'https://example.org/it' },
    });
    const effects = (await mandate.recorded(request.run)).filter((type) => type.startsWith('effect.'));
    expect(effects).toEqual(['effect.claimed', 'effect.unknown', 'effect.reconciled']);
    expect(receiver.count(request.draftId)).toBe(1);
  });

  it('is settled by a person who found that it did not happen, and is not tried again', async () => {
    const request = to('/answer/500');
    const handle = await dispatchApproved(mandate.client, request);
    await becomes(handle, 'needs_reconciliation');

    await reconcile(handle, 'did_not_happen', { reason: 'not in their log' });

    expect(await handle.result()).toMatchObject({
      status: 'completed_with_error',
      result: 'execute_failed',
      error: 'olga found that it did not happen: not in their log',
    });
    expect(receiver.count(request.draftId)).toBe(1);
  });

  it('is settled once: of two people at the same time, the first stands', async () => {
    const request = to('/answer/500');
    const handle = await dispatchApproved(mandate.client, request);
    await becomes(handle, 'needs_reconciliation');

    // Whoever comes after the dispatch has ended is told by the client how it was settled.
    const client = createMandate(mandate.client);
    const answers = await Promise.all([
      client.reconcile(request.draftId, { by: 'olga', outcome: 'happened', url: 'https://example.com/seen' }),
      client.reconcile(request.draftId, { by: 'omar', outcome: 'did_not_happen' }),
    ]);

    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['AlreadySettled', 'accepted']);
    const { status } = await handle.result();
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([status]));
    const types = await mandate.recorded(request.run);
    expect(types.filter((type) => type === 'effect.reconciled')).toHaveLength(1);
  });

  it('cannot be settled while it is none, nor by what is no settlement', async () => {
    const request = to('/answer/500');
    const handle = await startDispatch(mandate.client, request);

    const early = await reconcile(handle, 'happened');
    await approve(mandate.client, handle);
    await becomes(handle, 'needs_reconciliation');
    const maybe = await reconcile(handle, 'perhaps');

    expect(early).toMatchObject({ outcome: 'NotUnknown', status: 'pending' });
    expect(maybe).toMatchObject({ outcome: 'Invalid', message: expect.stringMatching(/^outcome: /) });
  });

  it('is not said to be settled when its dispatch is gone and nobody has taken it up yet', async () => {
    const request = to('/answer/500', { approval: 'none' });
    const handle = await startDispatch(mandate.client, request);
    await becomes(handle, 'needs_reconciliation');
    await handle.terminate('an operator ended it');

    const answer = await createMandate(mandate.client).reconcile(request.draftId, {
      by: 'olga',
      outcome: 'did_not_happen',
    });

    expect(answer).toMatchObject({
      outcome: 'NotUnknown',
      status: 'needs_reconciliation',
      message: expect.stringMatching(/dispatch of the draft is gone: .* settle it then/),
    });
    expect((await mandate.store.claims.get(request.draftId))?.settlement).toBeNull();
  });
});

describe('a draft that nobody let through', () => {
  it('does nothing when it was rejected', async () => {
    const request = to('/ok');
    const handle = await startDispatch(mandate.client, request);

    const requestId = await requestOf(handle);
    await mandate.client.workflow.getHandle(`approval/${requestId}`).signal('reject', { by: 'ana', reason: 'not now' });

    expect(await handle.result()).toMatchObject({ status: 'rejected', error: 'Rejected by ana: not now' });
    expect(await mandate.store.claims.get(request.draftId)).toBeUndefined();
  });

  it.each(['reject', 'cancelRun'] as const)('does nothing when nobody decided: expired(%s)', async (onTimeout) => {
    const request = to('/ok', { approval: { approvers: [{ id: 'ana' }], timeoutSeconds: 1, onTimeout } });

    const outcome = await (await startDispatch(mandate.client, request)).result();

    expect(outcome).toMatchObject({ status: 'expired', default: onTimeout });
    expect(await mandate.store.claims.get(request.draftId)).toBeUndefined();
  });

  it('does nothing when it was cancelled while people were asked, and withdraws the question', async () => {
    const request = to('/ok');
    const handle = await startDispatch(mandate.client, request);
    const requestId = await requestOf(handle);

    await handle.cancel();

    expect(await handle.result()).toMatchObject({ status: 'cancelled' });
    const approval = mandate.client.workflow.getHandle(`approval/${requestId}`);
    expect(await approval.result()).toMatchObject({ status: 'cancelled' });
    expect(receiver.count(request.draftId)).toBe(0);
  });

  it('does nothing when it was cancelled before anybody was asked', async () => {
    await mandate.rest();
    const request = to('/ok', { approval: 'none' });
    const handle = await startDispatch(mandate.client, request);

    await handle.cancel();
    await mandate.work();

    expect(await handle.result()).toMatchObject({ status: 'cancelled' });
    expect(receiver.count(request.draftId)).toBe(0);
  });

  it.each([
    ['suspended', { timeoutSeconds: 1, onTimeout: 'suspend' as const }],
    ['open for a day', {}],
  ])('is withdrawn when it expires before anybody decides, its request being %s', async (_name, settings) => {
    const request = to('/ok', { ttlSeconds: 15, approval: { approvers: [{ id: 'ana' }], ...settings } });
    const handle = await startDispatch(mandate.client, request);
    const requestId = await requestOf(handle);

    expect(await handle.result()).toMatchObject({ status: 'expired' });
    expect(await mandate.client.workflow.getHandle(`approval/${requestId}`).result()).toMatchObject({
      status: 'cancelled',
    });
  });

  it('never runs after its time, even when it was approved in time', async () => {
    await mandate.rest(['executor']);
    const request = to('/ok', { ttlSeconds: 15 });

    const handle = await dispatchApproved(mandate.client, request);
    const outcome = await handle.result();
    await mandate.work();

    expect(outcome).toMatchObject({ status: 'expired' });
    expect(receiver.count(request.draftId)).toBe(0);
    expect(await mandate.store.claims.get(request.draftId)).toBeUndefined();
  });

  it.each([
    ['of an unknown kind', { action: { kind: 'rm', target: {}, payload: {} } }, 'rejected', /Unknown kind "rm"/],
    [
      'with a target that does not fit',
      { action: { kind: 'webhook', target: { url: 'ftp://x' }, payload: { body: 1 } } },
      'rejected',
      /target of webhook/,
    ],
    [
      'to an address that is not on the list',
      { action: { kind: 'webhook', target: { url: 'https://example.org/' }, payload: { body: 1 } } },
      'verify_failed',
      /not on the executor's list/,
    ],
    [
      'whose default would allow what cannot be undone',
      { approval: { approvers: [{ id: 'ana' }], onTimeout: 'approve' as const } },
      'rejected',
      /irreversible/,
    ],
    ['that only its requester could approve', { approval: { approvers: [{ id: 'gus' }] } }, 'rejected', /quorum/],
  ] as const)('is refused %s, with nothing consumed', async (_which, overrides: object, status, error) => {
    const request = to('/ok', { approval: 'none', ...overrides });

    const outcome = await (await startDispatch(mandate.client, request)).result();

    expect(outcome).toMatchObject({ status, error: expect.stringMatching(error) });
    expect(await mandate.store.claims.get(request.draftId)).toBeUndefined();
    // Operators are told of some of these, whenever that is.
    const types = (await mandate.recorded(request.run)).filter((type) => !type.startsWith('notification.'));
    expect(types.at(-1)).toBe('draft.ended');
  });

  it('is not started at all on malformed input', async () => {
    const request = to('/ok', { draftId: 'short' });

    const handle = await startDispatch(mandate.client, request);

    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message: expect.stringMatching(/draftId/) },
    });
  });
});

describe('the same draft, twice', () => {
  it('has one effect when two workflows carry it; the other one lost the race', async () => {
    const request = to('/slow/500', { approval: 'none' });

    const first = await startDispatch(mandate.client, request);
    const second = await startDispatch(mandate.client, request, `elsewhere/${request.draftId}`);
    const outcomes = await Promise.all([first.result(), second.result()]);

    expect(outcomes.map(({ status }) => status).sort()).toEqual(['cancelled', 'completed']);
    expect(outcomes.find(({ status }) => status === 'cancelled')).toMatchObject({ result: 'lost_race' });
    expect(receiver.count(request.draftId)).toBe(1);
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  });

  it('asks people for each workflow that carries it, and still has one effect', async () => {
    const request = to('/ok');
    const first = await startDispatch(mandate.client, request);
    await requestOf(first);
    const second = await startDispatch(mandate.client, request, `elsewhere/${request.draftId}`);
    await until('a second request', async () => (await second.query(dispatchStateQuery)).requestId !== request.draftId);

    await approve(mandate.client, second);
    await approve(mandate.client, first);
    const outcomes = await Promise.all([first.result(), second.result()]);

    expect(outcomes.map(({ status }) => status).sort()).toEqual(['cancelled', 'completed']);
    expect(receiver.count(request.draftId)).toBe(1);
  });

  it('is not started a second time under the same workflow id while it runs', async () => {
    const request = to('/ok');
    await startDispatch(mandate.client, request);

    await expect(startDispatch(mandate.client, request)).rejects.toMatchObject({
      name: 'WorkflowExecutionAlreadyStartedError',
    });
  });

  it('has no second effect when its workflow is started again after its end', async () => {
    const request = to('/ok', { approval: 'none' });
    const first = await (await startDispatch(mandate.client, request)).result();

    const again = await (await startDispatch(mandate.client, request)).result();

    expect(again.receipt).toEqual(first.receipt);
    expect(receiver.count(request.draftId)).toBe(1);
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  });
});

describe('a draft id that comes back with another action', () => {
  it('does nothing, and does not take over the outcome of the first', async () => {
    const request = to('/ok', { approval: 'none' });
    await (await startDispatch(mandate.client, request)).result();

    const other = { ...request, action: { ...request.action, payload: { body: 'something else' } } };
    const outcome = await (await startDispatch(mandate.client, other)).result();

    expect(outcome).toMatchObject({ status: 'cancelled', result: 'lost_race' });
    expect(receiver.count(request.draftId)).toBe(1);
  });
});

describe('an executor without credentials', () => {
  it('refuses before anything is consumed', async () => {
    const poor = await startMandate({ namespace: 'bare' });
    try {
      const request = to('/ok', { approval: 'none' });

      const outcome = await (await startDispatch(poor.client, request)).result();

      expect(outcome).toMatchObject({ status: 'verify_failed', error: expect.stringMatching(/MANDATE_WEBHOOK_URLS/) });
      expect(await poor.store.claims.get(request.draftId)).toBeUndefined();
    } finally {
      await poor.stop();
    }
  });
});

it('no delivery of this file was badly signed', () => {
  expect(receiver.forged).toBe(0);
});
