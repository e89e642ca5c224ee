import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DispatchRequest } from '../../src/contract/dispatch.ts';
import type { Mandate as StandingApproval, MandateScope } from '../../src/contract/mandate.ts';
import { buildReport } from '../../src/policy/report.ts';
import { dispatchStateQuery } from '../../src/workflows/messages.ts';
import { aDispatch, approve, requestOf, startDispatch } from '../support/dispatches.ts';
import { aMandate, grantIn, withdraw } from '../support/mandates.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { reset, resetPoints } from '../support/resets.ts';
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

let agents = 0;

/** An agent of its own and a mandate for it, so that the tests' mandates do not cover each other's drafts. */
async function anAgentWith(
  overrides: Partial<StandingApproval> = {},
  scope: Partial<MandateScope> = {},
): Promise<{ readonly agent: string; readonly id: string }> {
  agents += 1;
  const agent = `packer-${agents}`;
  const { id } = await grantIn(
    mandate.store,
    aMandate(overrides, { agents: [agent], targets: [{ url: `${receiver.url}/**` }], ...scope }),
  );
  return { agent, id };
}

const to = (path: string, overrides: Partial<DispatchRequest>): DispatchRequest =>
  aDispatch(`${receiver.url}${path}`, overrides);

/** Approved by its mandate, and held back before its effect until the executor is resumed. */
async function heldBack(request: DispatchRequest): ReturnType<typeof startDispatch> {
  await mandate.store.executors.pause({ by: 'olga', reason: 'looking', time: new Date().toISOString() }, []);
  const handle = await startDispatch(mandate.client, request);
  await until('the draft being held back', async () => (await handle.query(dispatchStateQuery)).deferred);
  return handle;
}

async function nothingConsumed({ draftId }: DispatchRequest, id: string): Promise<void> {
  expect(receiver.count(draftId)).toBe(0);
  expect(await mandate.store.claims.get(draftId)).toBeUndefined();
  expect(await mandate.store.mandates.get(id)).toMatchObject({ uses: 0 });
}

describe('a draft that a mandate covers', () => {
  it('goes through without a request, and its use is recorded', async () => {
    const { agent, id } = await anAgentWith();
    const request = to('/ok', { agent });

    const outcome = await (await startDispatch(mandate.client, request)).result();

    expect(outcome).toMatchObject({ status: 'completed', mandate: id });
    expect(outcome.requestId).toBeUndefined();
    expect(receiver.count(request.draftId)).toBe(1);
    const entries = await mandate.store.ledger.entries({ run: request.run });
    expect(entries.map(({ type }) => type)).toEqual([
      'draft.created',
      'draft.signed',
      'effect.claimed',
      'mandate.used',
      'effect.settled',
    ]);
    expect(entries[1]?.body).toMatchObject({ approvedBy: `mandate ${id}` });
    expect(entries[3]?.body).toMatchObject({
      mandate: id,
      draftId: request.draftId,
      digest: outcome.digest,
      uses: 1,
      of: 10,
    });
    expect(buildReport(entries).effects).toMatchObject([{ status: 'completed', mandate: id }]);
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  });

  it('says so while it waits', async () => {
    const { agent, id } = await anAgentWith();

    const handle = await heldBack(to('/ok', { agent }));

    expect(await handle.query(dispatchStateQuery)).toMatchObject({ status: 'approved', mandate: id });
    await mandate.store.executors.resume([]);
    expect(await handle.result()).toMatchObject({ status: 'completed', mandate: id });
  });

  it('needs none where its policy asks nobody', async () => {
    const { agent, id } = await anAgentWith();

    const outcome = await (await startDispatch(mandate.client, to('/ok', { agent, approval: 'none' }))).result();

    expect(outcome.mandate).toBeUndefined();
    expect(await mandate.store.mandates.get(id)).toMatchObject({ uses: 0 });
  });

  it('has used it when its outcome is unknown, and once', async () => {
    const { agent, id } = await anAgentWith();
    const handle = await startDispatch(mandate.client, to('/answer/500', { agent }));

    await until('its end', async () => (await handle.query(dispatchStateQuery)).status === 'needs_reconciliation', 60);

    expect(await mandate.store.mandates.get(id)).toMatchObject({ uses: 1 });
  });
});

describe('people are asked', () => {
  it.each<[string, Partial<StandingApproval>, Partial<MandateScope>, Partial<DispatchRequest>]>([
    ['when it is over', { expiresAt: new Date(Date.now() - 1).toISOString() }, {}, {}],
    ['where a kind that cannot be undone is not named', {}, { kinds: ['*'] }, {}],
    ['for another target', {}, { targets: [{ url: 'https://example.com/**' }] }, {}],
    ['where its proposer calls its effect one that nobody may delegate', {}, {}, { declared: ['venture_kill'] }],
    ['for an amount above the most', {}, { maxAmounts: { '/body/amount': '10.00' } }, amountOf(10.01)],
  ])('%s', async (_what, overrides, scope, asked) => {
    const { agent, id } = await anAgentWith(overrides, scope);
    const target = { url: `${receiver.url}/ok` };
    const action = asked.action === undefined ? {} : { action: { ...asked.action, target } };
    const request = to('/ok', { agent, ...asked, ...action });
    const handle = await startDispatch(mandate.client, request);

    expect(await requestOf(handle)).toBe(request.draftId);
    await nothingConsumed(request, id);
    await handle.cancel();
    await handle.result();
  });

  it('for an effect that nobody may delegate, named or not, and it is refused whatever they say', async () => {
    const { agent, id } = await anAgentWith();
    const request = to('/ok', { agent, declared: ['venture_kill'] });
    const handle = await startDispatch(mandate.client, request);
    await approve(mandate.client, handle);

    expect(await handle.result()).toMatchObject({ status: 'terminal_unrecoverable' });
    await nothingConsumed(request, id);
  });

  it('once it is used up', async () => {
    const { agent, id } = await anAgentWith({ maxUses: 1 });
    await (await startDispatch(mandate.client, to('/ok', { agent }))).result();
    const request = to('/ok', { agent });

    const handle = await startDispatch(mandate.client, request);
    await approve(mandate.client, handle);

    const outcome = await handle.result();
    expect(outcome).toMatchObject({ status: 'completed', requestId: request.draftId });
    expect(outcome.mandate).toBeUndefined();
    expect(await mandate.store.mandates.get(id)).toMatchObject({ uses: 1 });
  });

  it.each(['withdrawn', 'expired', 'used up'] as const)(
    'when it was %s while its draft had to wait, with nothing consumed, and the draft goes the way that they say',
    async (how) => {
      // One that expires must last until its draft is held back.
      const expiresAt = new Date(Date.now() + (how === 'expired' ? 20_000 : 3_600_000)).toISOString();
      const { agent, id } = await anAgentWith({ maxUses: 1, expiresAt });
      const request = to('/ok', { agent });
      const handle = await heldBack(request);

      if (how === 'withdrawn') await withdraw(mandate.store, id);
      if (how === 'used up') await useUp(id);
      const requestId = await requestOf(handle);
      expect(await handle.query(dispatchStateQuery)).toMatchObject({ status: 'pending' });
      expect(await mandate.store.claims.get(request.draftId)).toBeUndefined();
      await mandate.store.executors.resume([]);
      await mandate.client.workflow.getHandle(`approval/${requestId}`).signal('approve', 'ana');

      const outcome = await handle.result();
      expect(outcome).toMatchObject({ status: 'completed', requestId });
      expect(outcome.mandate).toBeUndefined();
      expect(receiver.count(request.draftId)).toBe(1);
      const entries = await mandate.store.ledger.entries({ run: request.run });
      const signed = entries.filter(({ type }) => type === 'draft.signed').map(({ body }) => body['approvedBy']);
      expect(signed).toEqual([`mandate ${id}`, 'ana']);
      expect(entries.filter(({ type }) => type === 'draft.created')).toHaveLength(1);
      expect(entries.find(({ body }) => body['result'] === 'not_covered')?.body['reason']).toContain(id);
      expect(entries.map(({ type }) => type)).not.toContain('mandate.used');
      expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
    },
  );

  it('and when they refuse it then, it is rejected', async () => {
    const { agent, id } = await anAgentWith();
    const request = to('/ok', { agent });
    const handle = await heldBack(request);
    await withdraw(mandate.store, id);
    const approval = mandate.client.workflow.getHandle(`approval/${await requestOf(handle)}`);

    await approval.signal('reject', { by: 'ana', reason: 'not now' });

    expect(await handle.result()).toMatchObject({ status: 'rejected', error: 'Rejected by ana: not now' });
    await nothingConsumed(request, id);
  });
});

describe('a mandate that is withdrawn', () => {
  it('lets nothing begin from the moment that its withdrawal was acknowledged', async () => {
    const acknowledged = new Set<string>();
    const begunAfterwards: string[] = [];
    const stop = aroundBegin(async (begin, id) => {
      const isOver = acknowledged.has(id);
      const begun = await begin();
      if (isOver && begun) begunAfterwards.push(id);
      return begun;
    });
    const rounds = 24;
    const ends: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const { agent, id } = await anAgentWith();
      const request = to('/ok', { agent });
      // Between its start and its effect lie some tens of milliseconds; the withdrawal comes somewhere in there.
      const handle = await startDispatch(mandate.client, request);
      await sleep(round * 6);
      await withdraw(mandate.store, id);
      acknowledged.add(id);
      const sentBefore = receiver.count(request.draftId);
      const state = await until('its end, or people being asked', async () => {
        const outcome = await handle.query(dispatchStateQuery);
        return (outcome.requestId !== undefined || outcome.status.startsWith('completed')) && outcome;
      });
      if (state.requestId !== undefined) await handle.cancel();

      const { status, error } = await handle.result();
      ends.push(status);
      const happened = status === 'completed';
      const why =
        status === 'completed_with_error' ? (error ?? '') : `Nothing was begun: mandate ${id} was withdrawn by olga`;
      expect(receiver.count(request.draftId)).toBe(happened ? 1 : 0);
      expect(happened || sentBefore === 0).toBe(true);
      expect(happened ? await wasClaimedBefore(request, id) : true).toBe(true);
      expect(why).toMatch(/^Nothing was begun: mandate .* was withdrawn by olga/);
    }
    stop();
    expect(begunAfterwards).toEqual([]);
    expect(ends).toContain('cancelled');
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  });

  it('stops a draft that has claimed and not begun', async () => {
    const { agent, id } = await anAgentWith();
    const request = to('/ok', { agent });
    const stop = aroundBegin(async (begin) => {
      await withdraw(mandate.store, id);
      return begin();
    });

    const outcome = await (await startDispatch(mandate.client, request)).result();
    stop();

    expect(outcome).toMatchObject({ status: 'completed_with_error', result: 'execute_failed', mandate: id });
    expect(outcome.error).toMatch(/^Nothing was begun: mandate .* was withdrawn by olga/);
    expect(receiver.count(request.draftId)).toBe(0);
  });

  it('stops, once it is over, a draft that has claimed and not begun', async () => {
    // Long enough for its draft to be claimed before that.
    const expiresAt = new Date(Date.now() + 20_000).toISOString();
    const { agent, id } = await anAgentWith({ expiresAt });
    const request = to('/ok', { agent });
    const stop = aroundBegin(async (begin) => {
      await until('its end', () => Date.now() >= Date.parse(expiresAt));
      return begin();
    });

    const outcome = await (await startDispatch(mandate.client, request)).result();
    stop();

    expect(outcome).toMatchObject({ status: 'completed_with_error', result: 'execute_failed', mandate: id });
    expect(outcome.error).toBe(`Nothing was begun: mandate ${id} expired at ${expiresAt}.`);
    expect(receiver.count(request.draftId)).toBe(0);
  });

  it('leaves what has begun to its true outcome', async () => {
    const { agent, id } = await anAgentWith();
    const request = to('/slow/1500', { agent });
    const handle = await startDispatch(mandate.client, request);
    await until('the effect being begun', () => receiver.count(request.draftId) === 1);

    await withdraw(mandate.store, id);

    expect(await handle.result()).toMatchObject({ status: 'completed', mandate: id });
  });
});

describe('a dispatch under a mandate that is reset', () => {
  it('uses it once, whatever has become of it since', async () => {
    const { agent, id } = await anAgentWith({ maxUses: 1 });
    const request = to('/ok', { agent });
    const handle = await startDispatch(mandate.client, request);
    const first = await handle.result();
    const { runId } = await handle.describe();
    const points = await resetPoints(handle);

    for (const [at, eventId] of points.entries()) {
      if (at === 1) await withdraw(mandate.store, id);
      const again = await reset(mandate, handle, runId, eventId);

      expect(await again.result()).toMatchObject({ status: 'completed', receipt: first.receipt, mandate: id });
      expect(receiver.count(request.draftId)).toBe(1);
    }
    expect(await mandate.store.mandates.get(id)).toMatchObject({ uses: 1 });
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  });
});

it('many dispatches at once never exceed the count', async () => {
  const { agent, id } = await anAgentWith({ maxUses: 4 });
  const requests = Array.from({ length: 12 }, () => to('/ok', { agent }));

  const handles = await Promise.all(requests.map((request) => startDispatch(mandate.client, request)));
  await until('all being through or asked about', async () => {
    const states = await Promise.all(handles.map((handle) => handle.query(dispatchStateQuery)));
    return states.every(({ status, requestId }) => status === 'completed' || requestId !== undefined);
  });

  const sent = requests.filter(({ draftId }) => receiver.count(draftId) === 1);
  expect(sent).toHaveLength(4);
  expect(await mandate.store.mandates.get(id)).toMatchObject({ uses: 4 });
  await Promise.all(handles.map((handle) => handle.cancel().catch(() => undefined)));
  expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
});

/** Does something around the executor's last word before each effect, which it asks of the same store in this process. */
function aroundBegin(around: (begin: () => Promise<boolean>, mandate: string) => Promise<boolean>): () => void {
  const { claims } = mandate.store;
  const whole = { ...claims };
  const begin: typeof whole.begin = (given) =>
    around(() => whole.begin({ ...given, time: new Date().toISOString() }), given.mandate ?? '');
  Object.assign(claims, { begin });
  return () => void Object.assign(claims, whole);
}

/** Whether the ledger has the claim before the withdrawal. */
async function wasClaimedBefore({ run }: DispatchRequest, id: string): Promise<boolean> {
  const { ledger } = mandate.store;
  const [claimed] = await ledger.entries({ run, type: 'effect.claimed' });
  const [withdrawn] = await ledger.entries({ run: `mandate/${id}`, type: 'mandate.withdrawn' });
  return (claimed?.position ?? Number.POSITIVE_INFINITY) < (withdrawn?.position ?? 0);
}

function amountOf(amount: number): Partial<DispatchRequest> {
  return { action: { kind: 'webhook', target: {}, payload: { body: { amount } } } };
}

async function useUp(id: string): Promise<void> {
  const time = new Date().toISOString();
  const dueAt = new Date(Date.now() + 60_000).toISOString();
  const signed = { draft: {} as never, signature: '' };
  const names = { kind: 'webhook', owner: 'another', run: `run-of-${id}`, agent: 'another', worker: 'another' };
  const claim = { ...names, draftId: `another-of-${id}`, digest: `sha256:${'0'.repeat(64)}`, time, dueAt, signed };
  const terms = {
    limits: undefined,
    perAgent: undefined,
    attestations: [],
    mandate: {
      id,
      used: (use: object) => ({
        entryId: `used/${id}`,
        run: names.run,
        agent: null,
        type: 'mandate.used' as const,
        time,
        body: { mandate: id, ...use },
      }),
    },
  };
  await mandate.store.claims.claim(claim, terms, []);
  const settled = { draftId: claim.draftId, outcome: 'completed', by: 'another', time } as const;
  await mandate.store.claims.settle(settled, { limits: undefined, perAgent: undefined }, []);
}
