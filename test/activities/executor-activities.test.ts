import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createArtifactStore } from '../../src/activities/artifact-store.ts';
import { createExecutorActivities } from '../../src/activities/executor-activities.ts';
import type { ExecutorActivities } from '../../src/activities/executor-activities.ts';
import type { ExecutorDeps } from '../../src/activities/executor-deps.ts';
import { createWorkerActivities } from '../../src/activities/worker-activities.ts';
import { digestOf } from '../../src/contract/canonical.ts';
import type { CarryOutInput, CarryOutResult, UnsignedDraft } from '../../src/contract/effect.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/open.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';

const KEYS = { current: 'k2', byId: { k1: '11'.repeat(32), k2: '22'.repeat(32) } };

let folder: string;
let store: Store;
let receiver: Receiver;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mandate-executor-'));
  store = await openStore({ file: join(folder, 'store.db') });
  await store.migrate();
  receiver = await startReceiver();
});
afterEach(async () => {
  vi.useRealTimers();
  await receiver.close();
  await store.close();
  await rm(folder, { recursive: true });
});

function executor(overrides: Partial<ExecutorDeps> = {}): ExecutorActivities {
  return createExecutorActivities({
    store,
    founderKeys: [],
    limits: { limits: undefined, perAgent: undefined },
    presence: { count: () => undefined },
    artifacts: createArtifactStore(join(folder, 'artifacts')),
    keys: async () => KEYS,
    settings: {
      registriesFolder: join(folder, 'registries'),
      webhookUrls: [receiver.url],
      webhookSecret: receiver.env['MANDATE_WEBHOOK_SECRET'],
    },
    ...overrides,
  });
}

function aDraft(overrides: Partial<UnsignedDraft> = {}): UnsignedDraft {
  const action = { kind: 'webhook', target: { url: `${receiver.url}/ok` }, payload: { body: { text: 'hello' } } };
  return {
    id: 'a-draft-that-nobody-can-guess',
    ...action,
    agent: 'agent-1',
    run: 'run-1',
    createdAt: new Date(Date.now() - 1_000).toISOString(),
    expiresAt: new Date(Date.now() + 600_000).toISOString(),
    digest: digestOf(action),
    ...overrides,
  };
}

async function signed(draft = aDraft()): Promise<CarryOutInput> {
  const made = await run((by) => by.sign({ draft, approvedBy: 'ana' }));
  if (!made.ok) throw new Error(made.reason);
  return { draft: made.draft, signature: made.signature, owner: 'dispatch/1', timeoutSeconds: 300, declared: [] };
}

function run<T>(work: (by: ExecutorActivities) => Promise<T>, { attempt = 1, by = executor() } = {}): Promise<T> {
  return new MockActivityEnvironment({ attempt }, { logger: new DefaultLogger('ERROR') }).run(() => work(by));
}

function carryOut(input: CarryOutInput, options: Parameters<typeof run>[1] = {}): Promise<CarryOutResult> {
  return run((by) => by.carryOut(input), options);
}

describe('what was approved is what runs', () => {
  it.each([
    ['its payload', { payload: { body: { text: 'something else' } } }, 'bad_signature'],
    ['its target', { target: { url: 'http://127.0.0.1/elsewhere' } }, 'bad_signature'],
    ['its expiry', { expiresAt: '2999-01-01T00:00:00.000Z' }, 'bad_signature'],
    ['its digest', { digest: `sha256:${'0'.repeat(64)}` as const }, 'bad_signature'],
    ['its key', { keyId: 'k1' }, 'bad_signature'],
    ['its key, to an unknown one', { keyId: 'toString' }, 'unknown_key'],
    ['a field more', { note: 'x' }, 'malformed'],
  ])('refuses a draft that was changed after it was signed: %s', async (_what, change: object, why) => {
    const input = await signed();

    const result = await carryOut({ ...input, draft: { ...input.draft, ...change } });

    expect(result).toEqual({ result: 'verify_failed', error: `The draft does not verify: ${why}.` });
    expect(await store.claims.get(input.draft.id)).toBeUndefined();
    expect(receiver.count(input.draft.id)).toBe(0);
  });

  it('does not sign a draft whose digest is of another action', async () => {
    const result = await run((by) => by.sign({ draft: aDraft({ digest: digestOf({ other: 1 }) }), approvedBy: 'ana' }));

    expect(result).toMatchObject({ ok: false, status: 'verify_failed', reason: expect.stringMatching(/bad_digest/) });
  });

  it('still verifies what was signed with an older key, while that is kept', async () => {
    const input = await signed();
    const rotated = executor({ keys: async () => ({ current: 'k3', byId: { ...KEYS.byId, k3: '33'.repeat(32) } }) });
    const forgotten = executor({ keys: async () => ({ current: 'k1', byId: { k1: KEYS.byId.k1 } }) });

    expect(await carryOut(input, { by: forgotten })).toMatchObject({ result: 'verify_failed' });
    expect(await carryOut(input, { by: rotated })).toMatchObject({ result: 'executed' });
  });

  it('refuses a draft that expired after it was signed', async () => {
    const input = await signed();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(input.draft.expiresAt) });

    expect(await carryOut(input)).toMatchObject({ result: 'expired' });
    expect(await store.claims.get(input.draft.id)).toBeUndefined();
  });
});

describe('a provider that asks to be left alone', () => {
  it('is, and no other of its kind', async () => {
    const other = await startReceiver();
    try {
      const settings = {
        registriesFolder: join(folder, 'registries'),
        webhookUrls: [receiver.url, other.url],
        webhookSecret: receiver.env['MANDATE_WEBHOOK_SECRET'],
      };
      const results: unknown[] = [];
      for (const [index, url] of [
        `${receiver.url}/answer/429`,
        `${receiver.url}/ok`,
        `${other.url}/answer/401`,
      ].entries()) {
        const action = { kind: 'webhook', target: { url }, payload: { body: { text: 'hello' } } };
        const draft = aDraft({ ...action, id: `draft-${index}`, digest: digestOf(action) });
        const by = executor({ settings });
        const made = await run((signer) => signer.sign({ draft, approvedBy: 'ana' }), { by });
        if (!made.ok) throw new Error(made.reason);
        const input = { draft: made.draft, signature: made.signature, owner: 'dispatch/1', declared: [] };
        results.push(await carryOut({ ...input, timeoutSeconds: 300 }, { by }));
      }

      expect(results).toMatchObject([
        { result: 'execute_failed', error: expect.stringContaining('429') },
        { result: 'debounced' },
        // It has another key, and so it has been asked.
        { result: 'execute_failed', error: expect.stringContaining('401') },
      ]);
    } finally {
      await other.close();
    }
  });
});

describe('at most once', () => {
  it('does nothing in a second attempt, which only an operator can have caused', async () => {
    const input = await signed();

    expect(await carryOut(input, { attempt: 2 })).toMatchObject({ result: 'unknown' });
    expect(receiver.count(input.draft.id)).toBe(0);
  });

  it('answers a second call with the outcome of the first', async () => {
    const input = await signed();
    const first = await carryOut(input);

    expect(await carryOut(input)).toEqual(first);
    expect(receiver.count(input.draft.id)).toBe(1);
  });

  it('has one effect, whatever number of calls race for it', async () => {
    const input = await signed();

    const results = await Promise.all(Array.from({ length: 10 }, () => carryOut(input)));

    expect(receiver.count(input.draft.id)).toBe(1);
    expect(results.filter(({ result }) => result === 'executed').length).toBeGreaterThan(0);
    expect(results.every(({ result }) => result === 'executed' || result === 'unknown')).toBe(true);
  });

  it('begins nothing when the claim cannot be written', async () => {
    const input = await signed();
    const claims = { ...store.claims, claim: () => Promise.reject(new Error('disk full')) };

    const result = carryOut(input, { by: executor({ store: { ...store, claims } }) });

    await expect(result).rejects.toMatchObject({ type: 'NothingStarted' });
    expect(receiver.count(input.draft.id)).toBe(0);
  });

  it('calls the outcome unknown when it cannot be recorded', async () => {
    const input = await signed();
    const claims = { ...store.claims, settle: () => Promise.reject(new Error('disk full')) };

    const result = carryOut(input, { by: executor({ store: { ...store, claims } }) });

    await expect(result).rejects.toMatchObject({ type: 'OutcomeUnknown' });
    expect(receiver.count(input.draft.id)).toBe(1);
    expect(await run((by) => by.lookUp(input))).toMatchObject({ found: 'unknown' });
  });

  it('begins nothing that a person has settled while its claim was being made', async () => {
    const input = await signed();
    const worker = createWorkerActivities({ store, limits: { limits: undefined, perAgent: undefined } });
    const claimLate: Store['claims']['claim'] = async (...args) => {
      const claimed = await store.claims.claim(...args);
      await worker.settle({ draft: input.draft, by: 'olga', outcome: 'did_not_happen' });
      return claimed;
    };

    const slow = { ...store, claims: { ...store.claims, claim: claimLate } };
    const result = await carryOut(input, { by: executor({ store: slow }) });

    expect(result).toMatchObject({ result: 'execute_failed', error: 'olga found that it did not happen' });
    expect(receiver.count(input.draft.id)).toBe(0);
  });

  it('begins nothing when its claim was answered after the time of the attempt', async () => {
    const input = { ...(await signed()), timeoutSeconds: 1 };
    const claimLate: Store['claims']['claim'] = async (...args) => {
      const claimed = await store.claims.claim(...args);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      return claimed;
    };

    const slow = { ...store, claims: { ...store.claims, claim: claimLate } };
    const result = await carryOut(input, { by: executor({ store: slow }) });

    expect(result).toMatchObject({ result: 'execute_failed', error: expect.stringMatching(/Nothing was begun/) });
    expect(receiver.count(input.draft.id)).toBe(0);
  });

  it('records what really happened beside what a person had settled meanwhile', async () => {
    const input = await signed(aDraft());
    const slow = { ...store, claims: { ...store.claims, settle: settleAfterAPerson } };
    async function settleAfterAPerson(
      ...args: Parameters<Store['claims']['settle']>
    ): ReturnType<Store['claims']['settle']> {
      const worker = createWorkerActivities({ store, limits: { limits: undefined, perAgent: undefined } });
      await worker.settle({ draft: input.draft, by: 'olga', outcome: 'did_not_happen' });
      return store.claims.settle(...args);
    }

    const result = await carryOut(input, { by: executor({ store: slow }) });

    expect(result).toEqual({ result: 'execute_failed', error: 'olga found that it did not happen' });
    const types = (await store.ledger.entries({ run: 'run-1' })).map(({ type }) => type);
    expect(types).toEqual(['draft.signed', 'effect.claimed', 'effect.reconciled', 'effect.late_truth']);
  });
});
