import { expect, it } from 'vitest';
import { UnknownClaim } from '../../src/store/claims.ts';
import { verifyLedger } from '../../src/store/verify-ledger.ts';
import { describeOnEachDatabase, openFresh } from '../support/databases.ts';
import { startChildren } from './children/start.ts';
import { aClaim, aFact, NO_LIMITS, NO_TERMS } from './facts.ts';

describeOnEachDatabase('effect claims', (fresh) => {
  it('gives a draft to the first who claims it, and shows the others whose it is', async () => {
    const { claims, ledger } = await openFresh(fresh);
    const claim = aClaim();

    const first = await claims.claim(claim, NO_TERMS, [aFact({ entryId: 'first' })]);
    const second = await claims.claim(aClaim({ worker: 'worker-2' }), NO_TERMS, [aFact({ entryId: 'second' })]);

    expect(first).toMatchObject({ claimed: true, alerts: [] });
    expect(second).toEqual({ claimed: false, why: 'taken', existing: { ...claim, settlement: null } });
    expect((await ledger.entries()).map((entry) => entry.entryId)).toEqual(['first']);
  });

  it('does not take the very same claim for won when it is made again', async () => {
    const { claims } = await openFresh(fresh);
    await claims.claim(aClaim(), NO_TERMS, []);

    const again = await claims.claim(aClaim(), NO_TERMS, []);

    expect(again).toMatchObject({ claimed: false });
  });

  it('keeps no claim whose facts cannot be recorded', async () => {
    const { claims } = await openFresh(fresh);

    const claimed = claims.claim(aClaim(), NO_TERMS, [aFact({ time: 'now' })]);

    await expect(claimed).rejects.toThrow('time');
    expect(await claims.get('draft-1')).toBeUndefined();
  });

  it('keeps the first settlement', async () => {
    const { claims, ledger } = await openFresh(fresh);
    await claims.claim(aClaim(), NO_TERMS, []);
    const happened = {
      outcome: 'completed',
      receipt: { url: 'https://example.org/1' },
      by: 'worker-1',
      time: '2026-01-31T12:00:01.000Z',
    } as const;
    const failed = {
      outcome: 'completed_with_error',
      error: 'refused',
      by: 'ada',
      time: '2026-01-31T12:00:02.000Z',
    } as const;

    const first = await claims.settle({ draftId: 'draft-1', ...happened }, NO_LIMITS, [aFact({ entryId: 'happened' })]);
    const second = await claims.settle({ draftId: 'draft-1', ...failed }, NO_LIMITS, [aFact({ entryId: 'failed' })]);

    expect(first).toEqual({ settled: true, alerts: [] });
    expect(second).toEqual({ settled: false, alerts: [], existing: { ...aClaim(), settlement: happened } });
    expect((await ledger.entries()).map((entry) => entry.entryId)).toEqual(['happened']);
  });

  it('keeps an error whatever text the provider sent', async () => {
    const { claims } = await openFresh(fresh);
    await claims.claim(aClaim(), NO_TERMS, []);
    const settlement = { outcome: 'completed_with_error', by: 'worker-1', time: '2026-01-31T12:00:01.000Z' } as const;

    await claims.settle({ draftId: 'draft-1', error: 'bad \0 request', ...settlement }, NO_LIMITS, []);

    expect((await claims.get('draft-1'))?.settlement?.error).toBe('bad \ufffd request');
  });

  it('does not settle a draft that nobody claimed', async () => {
    const { claims } = await openFresh(fresh);

    const settled = claims.settle(
      { draftId: 'draft-9', outcome: 'completed', by: 'ada', time: '2026-01-31T12:00:01.000Z' },
      NO_LIMITS,
      [],
    );

    await expect(settled).rejects.toThrow(UnknownClaim);
  });

  it('lets its holder begin once, in time, and not when somebody has settled it', async () => {
    const { claims } = await openFresh(fresh);
    const begun = async (draftId: string, time: string): Promise<readonly boolean[]> => {
      const claimed = await claims.claim(aClaim({ draftId }), NO_TERMS, []);
      const token = claimed.claimed ? claimed.token : '';
      const late = { draftId, token, time: '2026-01-31T12:00:59.000Z' };
      return [
        await claims.begin({ draftId, token: 'not the token', time }),
        await claims.begin({ draftId, token, time }),
        await claims.begin(late),
      ];
    };
    await claims.claim(aClaim({ draftId: 'settled' }), NO_TERMS, []);
    await claims.settle(
      { draftId: 'settled', outcome: 'completed_with_error', by: 'olga', time: '2026-01-31T12:00:10.000Z' },
      NO_LIMITS,
      [],
    );

    expect(await begun('in-time', '2026-01-31T12:00:30.000Z')).toEqual([false, true, false]);
    expect(await begun('too-late', '2026-01-31T12:01:00.000Z')).toEqual([false, false, true]);
    expect(await claims.begin({ draftId: 'settled', token: 'any', time: '2026-01-31T12:00:30.000Z' })).toBe(false);
  });

  it('is withdrawn only where nobody has made it, and cannot be made then', async () => {
    const { claims } = await openFresh(fresh);
    const { dueAt: _dueAt, signed: _signed, worker: _worker, ...draft } = aClaim();

    expect(await claims.withdraw({ ...draft, by: 'a person' })).toBe('withdrawn');
    expect(await claims.withdraw({ ...draft, by: 'a person' })).toBe('withdrawn');
    expect(await claims.claim(aClaim(), NO_TERMS, [])).toMatchObject({ claimed: false, why: 'taken' });
    expect(await claims.unsettled({ olderThan: '2027-01-01T00:00:00.000Z' })).toEqual([]);
    await claims.claim(aClaim({ draftId: 'claimed' }), NO_TERMS, []);
    expect(await claims.withdraw({ ...draft, draftId: 'claimed', by: 'a person' })).toMatchObject({
      draftId: 'claimed',
      settlement: null,
    });
  });

  it('lists what is not settled since a time, and what belongs to a run', async () => {
    const { claims } = await openFresh(fresh);
    await claims.claim(aClaim({ draftId: 'old', time: '2026-01-31T12:00:00.000Z' }), NO_TERMS, []);
    await claims.claim(aClaim({ draftId: 'new', time: '2026-01-31T12:01:00.000Z', run: 'run-2' }), NO_TERMS, []);
    await claims.claim(aClaim({ draftId: 'done', time: '2026-01-31T11:59:00.000Z' }), NO_TERMS, []);
    await claims.settle(
      { draftId: 'done', outcome: 'completed', by: 'worker-1', time: '2026-01-31T12:00:00.000Z' },
      NO_LIMITS,
      [],
    );

    const unsettled = await claims.unsettled({ olderThan: '2026-01-31T12:01:00.000Z' });
    const ofRun = await claims.forRun('run-1');

    expect(unsettled.map((claim) => claim.draftId)).toEqual(['old']);
    expect(ofRun.map((claim) => claim.draftId)).toEqual(['done', 'old']);
  });

  it('lists the claims of a kind, of all runs, that are open or were settled since a time', async () => {
    const { claims } = await openFresh(fresh);
    const settledAt = { before: '2026-01-31T12:00:59.999Z', since: '2026-01-31T12:01:00.000Z' };
    for (const [draftId, time] of Object.entries(settledAt)) {
      await claims.claim(aClaim({ draftId }), NO_TERMS, []);
      await claims.settle({ draftId, outcome: 'completed', by: 'worker-1', time }, NO_LIMITS, []);
    }
    await claims.claim(aClaim({ draftId: 'open', time: '2026-01-01T00:00:00.000Z', run: 'run-2' }), NO_TERMS, []);
    await claims.claim(aClaim({ draftId: 'other', kind: 'another_kind' }), NO_TERMS, []);

    const found = await claims.ofKind({ kind: aClaim().kind, since: '2026-01-31T12:01:00.000Z' });

    expect(found.map((claim) => claim.draftId)).toEqual(['open', 'since']);
    expect(found[0]?.signed).toEqual(aClaim().signed);
  });

  it('gives each draft to exactly one of four processes that race for it', async () => {
    const database = await fresh();
    const store = await database.open();
    await store.migrate();
    const drafts = Array.from({ length: 40 }, (_, at) => `draft-${at}`);
    const tasks = ['a', 'b', 'c', 'd'].map((worker) => ({ location: database.location, worker, drafts }));

    const children = await startChildren('claim-drafts.ts', tasks);
    const won = await Promise.all(children.map((child) => child.go()));

    expect(new Set(won.flat())).toEqual(new Set(drafts));
    expect(won.flat()).toHaveLength(drafts.length);
    const recorded = (await store.ledger.entries()).map((entry) => entry.body['draftId']);
    expect(new Set(recorded)).toEqual(new Set(drafts));
    expect(await verifyLedger(store.ledger.export())).toMatchObject({ ok: true, entries: 40 });
  });
});
