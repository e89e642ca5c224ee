import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DispatchOutcome, DispatchRequest } from '../../src/contract/dispatch.ts';
import { dispatchStateQuery } from '../../src/workflows/messages.ts';
import { aDispatch, approve, startDispatch } from '../support/dispatches.ts';
import type { DispatchHandle } from '../support/dispatches.ts';
import { hardening } from '../support/hardening.ts';
import { aMandate, grantIn, withdraw } from '../support/mandates.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(async () => receiver.close());

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function mandateWith(layers: object): Promise<Mandate> {
  const configured = await hardening(layers);
  cleanups.push(() => configured.remove());
  const mandate = await startMandate({ env: { ...receiver.env, ...configured.env } });
  cleanups.push(() => mandate.stop());
  return mandate;
}

function dispatchTo(mandate: Mandate, path: string, overrides: Partial<DispatchRequest> = {}): Promise<DispatchHandle> {
  return startDispatch(mandate.client, aDispatch(`${receiver.url}${path}`, { approval: 'none', ...overrides }));
}

function deferralOf(handle: DispatchHandle): Promise<NonNullable<DispatchOutcome['deferred']>> {
  return until('the draft being deferred', async () => (await handle.query(dispatchStateQuery)).deferred);
}

function elsewhere(): DispatchRequest['action'] {
  return { kind: 'webhook', target: { url: 'http://192.0.2.1/elsewhere' }, payload: { body: 'hello' } };
}

/** What operators were told in a run. */
function told(mandate: Mandate, run: string): Promise<unknown[]> {
  return until('a notification', async () => {
    const entries = await mandate.store.ledger.entries({ run, type: 'notification.sent' });
    return entries.length > 0 && entries.map(({ body }) => body['class']);
  });
}

// Longer than a slow machine takes from one dispatch's grant to the next one's question.
const WAIT_SECONDS = 30;

describe('a draft that is limited', { timeout: 240_000 }, () => {
  it('waits on a timer for as long as it was told, approved, and is then carried out', async () => {
    const mandate = await mandateWith({ cooldown: { seconds: WAIT_SECONDS } });
    await (await dispatchTo(mandate, '/ok')).result();

    const second = await dispatchTo(mandate, '/ok');
    const deferral = await deferralOf(second);

    expect(deferral).toMatchObject({ result: 'debounced' });
    expect(await second.result()).toMatchObject({ status: 'completed' });
    const { events = [] } = (await second.fetchHistory()) ?? {};
    const timer = events?.find((event) => event.timerStartedEventAttributes);
    expect(Buffer.from(timer?.userMetadata?.summary?.data ?? []).toString()).toContain('debounced');
  });

  it('is judged again where a mandate lets it through: withdrawn meanwhile, people are asked', async () => {
    const mandate = await mandateWith({ cooldown: { seconds: WAIT_SECONDS } });
    const targets = [{ url: `${receiver.url}/**` }];
    const { id } = await grantIn(mandate.store, aMandate({ maxUses: 5 }, { targets }));
    const asked = { approval: { approvers: [{ id: 'ana' }] } };
    expect(await (await dispatchTo(mandate, '/ok', asked)).result()).toMatchObject({ mandate: id });

    const second = await dispatchTo(mandate, '/ok', asked);
    expect(await deferralOf(second)).toMatchObject({ result: 'debounced' });
    await withdraw(mandate.store, id);

    await approve(mandate.client, second);
    const outcome = await second.result();
    expect(outcome).toMatchObject({ status: 'completed', requestId: outcome.draftId });
    expect(outcome.mandate).toBeUndefined();
    expect(await mandate.store.mandates.get(id)).toMatchObject({ uses: 1 });
  });

  it('gives up at the end of its life, with nothing consumed', async () => {
    const mandate = await mandateWith({ hourlyCap: 1 });
    await (await dispatchTo(mandate, '/ok')).result();
    const request = aDispatch(`${receiver.url}/ok`, { approval: 'none', ttlSeconds: 30 });

    const outcome = await (await startDispatch(mandate.client, request)).result();

    expect(outcome).toMatchObject({ status: 'expired', result: 'debounced' });
    expect(receiver.count(request.draftId)).toBe(0);
    expect(await mandate.store.claims.get(request.draftId)).toBeUndefined();
  });

  it('waits for the breaker that failures have opened, and the probe that succeeds closes it', async () => {
    const mandate = await mandateWith({ breaker: { threshold: 2, recoverySeconds: WAIT_SECONDS } });
    await (await dispatchTo(mandate, '/answer/400')).result();
    const opening = aDispatch(`${receiver.url}/answer/400`, { approval: 'none' });
    await (await startDispatch(mandate.client, opening)).result();

    const probe = aDispatch(`${receiver.url}/ok`, { approval: 'none' });
    const handle = await startDispatch(mandate.client, probe);

    expect(await deferralOf(handle)).toMatchObject({ result: 'circuit_open' });
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    expect(await told(mandate, opening.run)).toEqual(['breaker_opened']);
    expect(await told(mandate, probe.run)).toEqual(['breaker_closed']);
  });

  it('waits out the thermal pause with all others', async () => {
    const mandate = await mandateWith({ thermal: { max: 2, windowSeconds: 900, pauseSeconds: WAIT_SECONDS } });
    for (const path of ['/ok', '/ok']) await (await dispatchTo(mandate, path)).result();

    const [third, fourth] = [await dispatchTo(mandate, '/ok'), await dispatchTo(mandate, '/ok')];

    expect(await deferralOf(third)).toMatchObject({ result: 'deferred_thermal' });
    expect(await deferralOf(fourth)).toMatchObject({ result: 'deferred_thermal' });
    expect(await third.result()).toMatchObject({ status: 'completed' });
    expect(await fourth.result()).toMatchObject({ status: 'completed' });
  });

  it.each([
    ['that is refused', { declared: ['venture_kill'] }, 'terminal_unrecoverable'],
    ['outside the allow-list', { action: elsewhere() }, 'verify_failed'],
  ] as const)('is not held up by one %s, which has used up nothing', async (_what, overrides, end) => {
    const mandate = await mandateWith({ hourlyCap: 1 });
    const refused = await dispatchTo(mandate, '/ok', overrides as Partial<DispatchRequest>);
    expect(await refused.result()).toMatchObject({ status: end });

    const handle = await dispatchTo(mandate, '/ok');

    expect(await handle.result()).toMatchObject({ status: 'completed' });
  });

  it('is not held up by a draft that lost the race for its claim, which has used up nothing', async () => {
    const mandate = await mandateWith({ hourlyCap: 2 });
    const request = aDispatch(`${receiver.url}/ok`, { approval: 'none' });
    const workflows = ['dispatch/one', 'dispatch/other'].map((id) => `${id}-${request.draftId}`);
    const handles = await Promise.all(workflows.map((id) => startDispatch(mandate.client, request, id)));
    const ends = await Promise.all(handles.map((handle) => handle.result()));
    expect(new Set(ends.map(({ result }) => result))).toEqual(new Set(['executed', 'lost_race']));

    const next = await dispatchTo(mandate, '/ok');

    expect(await next.result()).toMatchObject({ status: 'completed' });
    expect(receiver.count(request.draftId)).toBe(1);
  });

  it('is not held up by the limits of another agent', async () => {
    const mandate = await mandateWith({ perAgent: { cooldown: null, hourlyCap: 1, breaker: null, thermal: null } });
    await (await dispatchTo(mandate, '/ok', { agent: 'busy' })).result();

    const limited = await dispatchTo(mandate, '/ok', { agent: 'busy' });
    const free = await dispatchTo(mandate, '/ok', { agent: 'calm' });

    expect(await free.result()).toMatchObject({ status: 'completed' });
    expect(await deferralOf(limited)).toMatchObject({ result: 'debounced' });
  });
});
