import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startPresence } from '../../src/activities/executor-presence.ts';
import type { Presence } from '../../src/activities/executor-presence.ts';
import type { ExecutorStatus } from '../../src/store/executors.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/open.ts';
import { until } from '../support/until.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function aStore(): Promise<Store> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mandate-presence-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  const store = await openStore({ file: path.join(folder, 'mandate.db') });
  cleanups.push(() => store.close());
  await store.migrate();
  return store;
}

async function aPresence(store: Pick<Store, 'executors'>, heartbeatMs = 20): Promise<Presence> {
  const presence = await startPresence({ store, host: 'alpha', pid: 17, heartbeatMs });
  cleanups.push(() => presence.end('the test is over'));
  return presence;
}

function statusOf({ executors }: Pick<Store, 'executors'>): Promise<ExecutorStatus> {
  return executors.status({ now: new Date().toISOString(), endedAfter: '2026-01-01T00:00:00.000Z' });
}

describe('the presence of an executor', () => {
  it('is told again and again', async () => {
    const store = await aStore();
    await aPresence(store);
    const [first] = (await statusOf(store)).alive;

    const later = await until('a heartbeat', async () => {
      const [executor] = (await statusOf(store)).alive;
      return executor !== undefined && executor.seenAt > (first?.startedAt ?? '') && executor;
    });

    expect(first).toMatchObject({ host: 'alpha', pid: 17 });
    expect(later.startedAt).toBe(first?.startedAt);
  });

  it('counts what became of each draft', async () => {
    const store = await aStore();
    const presence = await aPresence(store, 60_000);

    presence.count('executed');
    presence.count('executed');
    presence.count('execute_failed');
    presence.count('expired');
    presence.count('frozen');
    presence.count('unknown');
    presence.count('lost_race');
    const counters = await until('the counts', async () => {
      const { counters: counted } = await statusOf(store);
      return counted.processed > 0 && counted.unknown > 0 && counted;
    });

    expect(counters).toEqual({ processed: 7, executed: 2, failed: 1, refused: 1, deferred: 1, unknown: 1 });
  });

  it('outlives a database that is away for a while, and loses no count', async () => {
    const store = await aStore();
    const { unsteady, comeBack, refusals } = awayAtFirst(store.executors);
    const presence = await aPresence({ executors: unsteady });
    presence.count('executed');
    presence.count('frozen');
    await until('it has tried in vain', () => refusals() > 5);

    comeBack();
    const counters = await until('the counts', async () => {
      const { counters: counted } = await statusOf(store);
      return counted.deferred === 1 && counted;
    });

    expect(counters).toMatchObject({ processed: 2, executed: 1, deferred: 1 });
  });

  it('ends without a word when the database stays away', async () => {
    const store = await aStore();
    const { unsteady } = awayAtFirst(store.executors);
    const presence = await aPresence({ executors: unsteady });

    await expect(presence.end('SIGTERM')).resolves.toBeUndefined();
  });

  it('ends with a reason, in the ledger too', async () => {
    const store = await aStore();
    const presence = await aPresence(store);

    presence.stopping('ada: an upgrade');
    presence.count('executed');
    await presence.end('SIGTERM');
    const { alive, stopped } = await statusOf(store);

    expect(alive).toEqual([]);
    expect(stopped).toMatchObject([{ id: presence.id, why: 'ada: an upgrade', counters: { executed: 1 } }]);
    expect(await store.ledger.entries({ run: 'executor' })).toMatchObject([
      { type: 'executor.started', body: { executor: presence.id, host: 'alpha', pid: 17 } },
      { type: 'executor.stopped', body: { executor: presence.id, why: 'ada: an upgrade' } },
    ]);
  });
});

/** The table, which answers nothing once an executor has begun, until it comes back. */
function awayAtFirst(executors: Store['executors']): {
  readonly unsteady: Store['executors'];
  readonly comeBack: () => void;
  readonly refusals: () => number;
} {
  let away = true;
  let refusals = 0;
  const steady =
    <Args extends readonly unknown[]>(work: (...args: Args) => Promise<void>) =>
    (...args: Args): Promise<void> => {
      if (!away) return work(...args);
      refusals += 1;
      return Promise.reject(new Error('The database is away.'));
    };
  return {
    unsteady: {
      ...executors,
      count: steady((...args: Parameters<typeof executors.count>) => executors.count(...args)),
      seen: steady((...args: Parameters<typeof executors.seen>) => executors.seen(...args)),
      ended: steady((...args: Parameters<typeof executors.ended>) => executors.ended(...args)),
    },
    comeBack: () => {
      away = false;
    },
    refusals: () => refusals,
  };
}
