import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Store } from '../../src/store/open.ts';
import { verifyLedger } from '../../src/store/verify-ledger.ts';
import { describeOnEachDatabase, openFresh } from '../support/databases.ts';
import { aMandate, granted, grantIn, withdraw, withdrawnFact } from '../support/mandates.ts';
import { startChildren } from './children/start.ts';
import { aClaim, aFact, underMandate } from './facts.ts';

const TIME = '2026-01-31T12:00:00.000Z';
const LATER = '2026-02-28T12:00:00.000Z';

function claim(store: Store, draftId: string, mandate: string, time = TIME): ReturnType<Store['claims']['claim']> {
  return store.claims.claim(aClaim({ draftId, time }), underMandate(mandate, draftId), [
    aFact({ entryId: `${draftId}/claimed`, type: 'effect.claimed' }),
  ]);
}

async function tokenOf(claimed: ReturnType<typeof claim>): Promise<string> {
  const result = await claimed;
  if (!result.claimed) throw new Error(result.why);
  return result.token;
}

const begins = (store: Store, draftId: string, token: string, mandate: string): Promise<boolean> =>
  store.claims.begin({ draftId, token, time: '2026-01-31T12:00:30.000Z', mandate });

describeOnEachDatabase('mandates', (fresh) => {
  it('keeps one, with its facts, and the same one again changes nothing', async () => {
    const { mandates, ledger } = await openFresh(fresh);
    const mandate = aMandate({ expiresAt: LATER }, { maxAmounts: { '/amount': '250.00' } });

    const first = await mandates.grant(granted(mandate), [aFact({ entryId: 'one', type: 'mandate.granted' })]);
    const again = await mandates.grant({ ...granted(mandate), requestId: 'another', grantedBy: ['ben'] }, [
      aFact({ entryId: 'two', type: 'mandate.granted' }),
    ]);
    const other = await mandates.grant(granted({ ...mandate, maxUses: 11 }), []);

    const record = { ...granted(mandate), uses: 0, withdrawnAt: null, withdrawnBy: null, withdrawnBecause: null };
    expect([first, again, other]).toEqual([record, record, 'id_taken']);
    expect(await mandates.get(mandate.id)).toEqual(record);
    expect(await mandates.get('nobody-has-granted-this-one')).toBeUndefined();
    expect((await ledger.entries()).map(({ entryId }) => entryId)).toEqual(['one']);
  });

  it('lists all, or those that may still let something through, the first to expire first', async () => {
    const store = await openFresh(fresh);
    const [long, short, over, used, ended] = [
      aMandate({ expiresAt: LATER }),
      aMandate({ expiresAt: '2026-02-01T12:00:00.000Z' }),
      aMandate({ expiresAt: TIME }),
      aMandate({ expiresAt: LATER, maxUses: 1 }),
      aMandate({ expiresAt: LATER }),
    ];
    for (const mandate of [long, short, over, used, ended]) await grantIn(store, mandate);
    await claim(store, 'draft-1', used.id);
    await withdraw(store, ended.id);

    const live = await store.mandates.list({ liveAt: TIME });

    expect(live.map(({ id }) => id)).toEqual([short.id, long.id]);
    expect(await store.mandates.list()).toHaveLength(5);
    expect(await store.mandates.usedBy('draft-1')).toBe(used.id);
    expect(await store.mandates.usedBy('draft-2')).toBeUndefined();
  });

  it('is used with the claim and counted there, never twice by one draft', async () => {
    const store = await openFresh(fresh);
    const { id } = await grantIn(store, aMandate({ expiresAt: LATER, maxUses: 2 }));

    const claims = [];
    for (const draftId of ['draft-1', 'draft-1', 'draft-2', 'draft-3']) claims.push(await claim(store, draftId, id));

    expect(claims).toMatchObject([
      { claimed: true },
      { claimed: false, why: 'taken' },
      { claimed: true },
      { claimed: false, why: 'not_covered' },
    ]);
    expect(await store.mandates.get(id)).toMatchObject({ uses: 2 });
    expect(await store.claims.get('draft-3')).toBeUndefined();
    const entries = await store.ledger.entries();
    expect(entries.filter(({ type }) => type === 'mandate.used').map(({ body }) => body)).toEqual([
      { mandate: id, draftId: 'draft-1', uses: 1, of: 2 },
      { mandate: id, draftId: 'draft-2', uses: 2, of: 2 },
    ]);
    expect(entries.map(({ entryId }) => entryId)).not.toContain('draft-3/claimed');
  });

  it('is not used where the claim cannot be made', async () => {
    const store = await openFresh(fresh);
    const { id } = await grantIn(store, aMandate({ expiresAt: LATER }));

    const claimed = store.claims.claim(aClaim(), underMandate(id, 'draft-1'), [aFact({ time: 'now' })]);

    await expect(claimed).rejects.toThrow('time');
    expect(await store.mandates.get(id)).toMatchObject({ uses: 0 });
    expect(await store.mandates.usedBy('draft-1')).toBeUndefined();
  });

  it('is not used once it is over, withdrawn, or not there at all', async () => {
    const store = await openFresh(fresh);
    const over = await grantIn(store, aMandate({ expiresAt: TIME }));
    const ended = await grantIn(store, aMandate({ expiresAt: LATER }));
    await withdraw(store, ended.id);

    for (const id of [over.id, ended.id, 'nobody-has-granted-this-one']) {
      expect(await claim(store, `draft-of-${id}`, id)).toEqual({ claimed: false, why: 'not_covered' });
    }
    expect(await claim(store, 'in-time', over.id, '2026-01-31T11:59:59.999Z')).toMatchObject({ claimed: true });
  });

  it('is withdrawn once, and the first withdrawal stands', async () => {
    const store = await openFresh(fresh);
    const { id } = await grantIn(store, aMandate({ expiresAt: LATER }));
    const withdrawal = { id, by: 'olga', reason: 'enough', time: '2026-01-31T13:00:00.000Z' };

    const first = await store.mandates.withdraw(withdrawal, [withdrawnFact(id)]);
    const second = await store.mandates.withdraw({ ...withdrawal, by: 'gus', time: '2026-01-31T14:00:00.000Z' }, [
      aFact({ entryId: 'second' }),
    ]);

    const withdrawn = { withdrawnAt: withdrawal.time, withdrawnBy: 'olga', withdrawnBecause: 'enough' };
    expect(first).toMatchObject({ first: true, mandate: withdrawn });
    expect(second).toMatchObject({ first: false, mandate: withdrawn });
    expect(await store.mandates.withdraw({ ...withdrawal, id: 'nobody-has-granted-this-one' }, [])).toBeUndefined();
    expect((await store.ledger.entries()).map(({ type }) => type)).toEqual(['mandate.withdrawn']);
    expect(await store.mandates.grant(granted({ ...(await recordOf(store, id)) }), [])).toMatchObject(withdrawn);
  });

  it('does not let an effect begin that was claimed before it was withdrawn', async () => {
    const store = await openFresh(fresh);
    const { id } = await grantIn(store, aMandate({ expiresAt: LATER }));
    const [late, early] = [await tokenOf(claim(store, 'late', id)), await tokenOf(claim(store, 'early', id))];

    expect(await begins(store, 'early', early, id)).toBe(true);
    await withdraw(store, id);

    expect(await begins(store, 'late', late, id)).toBe(false);
  });

  it('does not let an effect begin that was claimed before it was over', async () => {
    const store = await openFresh(fresh);
    const { id } = await grantIn(store, aMandate({ expiresAt: '2026-01-31T12:00:30.000Z' }));
    const longer = await grantIn(store, aMandate({ expiresAt: '2026-01-31T12:00:30.001Z' }));
    const [late, early] = [await tokenOf(claim(store, 'late', id)), await tokenOf(claim(store, 'early', longer.id))];

    expect(await begins(store, 'late', late, id)).toBe(false);
    expect(await begins(store, 'early', early, longer.id)).toBe(true);
  });

  it('is withdrawn before an effect begins, or the withdrawal waits for it', async () => {
    const database = await fresh();
    const [executor, operator] = [await database.open(), await database.open()];
    await executor.migrate();
    let begun = 0;
    for (let at = 0; at < 36; at += 1) {
      const { id } = await grantIn(executor, aMandate({ expiresAt: LATER }));
      const draftId = `draft-${at}`;
      const token = await tokenOf(claim(executor, draftId, id));
      const acknowledged = { before: false };
      const withdrawing = (async () => {
        await sleep(at % 4);
        await withdraw(operator, id);
        acknowledged.before = true;
      })();
      await sleep(at % 3);
      // Read in the same breath as begin is asked: what was acknowledged by then must stop it.
      const wasAcknowledged = acknowledged.before;
      const didBegin = await begins(executor, draftId, token, id);
      await withdrawing;

      expect(wasAcknowledged && didBegin).toBe(false);
      if (didBegin) begun += 1;
    }
    // Both ends of the race were there.
    expect(begun).toBeLessThan(36);
    expect(begun).toBeGreaterThan(0);
  });

  it('lets exactly as many of all claims through as it has uses, whatever number of processes race for them', async () => {
    const database = await fresh();
    const store = await database.open();
    await store.migrate();
    const uses = 10;
    const { id } = await grantIn(store, aMandate({ expiresAt: LATER, maxUses: uses }));
    const tasks = ['a', 'b', 'c'].map((worker) => ({ location: database.location, worker, mandate: id, count: uses }));

    const children = await startChildren('claim-under-mandate.ts', tasks);
    const won = (await Promise.all(children.map((child) => child.go()))).flat() as string[];

    expect(won).toHaveLength(uses);
    expect(new Set(won).size).toBe(uses);
    expect(await store.mandates.get(id)).toMatchObject({ uses });
    const used = await store.ledger.entries({ type: 'mandate.used' });
    expect(used.map(({ body }) => body['uses'])).toEqual(Array.from({ length: uses }, (_, at) => at + 1));
    expect(await store.ledger.entries({ type: 'effect.claimed' })).toHaveLength(uses);
    expect(await verifyLedger(store.ledger.export())).toMatchObject({ ok: true });
  });
});

async function recordOf({ mandates }: Store, id: string): Promise<ReturnType<typeof aMandate>> {
  const record = await mandates.get(id);
  if (record === undefined) throw new Error('It is gone.');
  const { scope, maxUses, expiresAt, reason } = record;
  return { id, scope, maxUses, expiresAt, reason };
}
