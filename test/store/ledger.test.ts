import { expect, it } from 'vitest';
import { LEDGER_START, LedgerEntry, ledgerHash } from '../../src/contract/ledger.ts';
import { InvalidFact } from '../../src/store/ledger.ts';
import { verifyLedger } from '../../src/store/verify-ledger.ts';
import { describeOnEachDatabase, openFresh } from '../support/databases.ts';
import { startChildren } from './children/start.ts';
import { aFact, factsOf } from './facts.ts';

describeOnEachDatabase('ledger', (fresh) => {
  it('links each entry to the one before it in the ledger and in its run', async () => {
    const { ledger } = await openFresh(fresh);

    const [first, other, second] = await ledger.append([
      aFact({ entryId: 'a', run: 'one' }),
      aFact({ entryId: 'b', run: 'two' }),
      aFact({ entryId: 'c', run: 'one' }),
    ]);

    expect(first).toMatchObject({ position: 1, sequence: 1, previous: LEDGER_START, runPrevious: LEDGER_START });
    expect(other).toMatchObject({ position: 2, sequence: 1, previous: first?.hash, runPrevious: LEDGER_START });
    expect(second).toMatchObject({ position: 3, sequence: 2, previous: other?.hash, runPrevious: first?.hash });
  });

  it('gives back what was appended, whatever the text in it', async () => {
    const { ledger } = await openFresh(fresh);
    const body = { nul: '\0', text: 'Grüße 👋 \u2028', list: [1e21, -0.5, null, { deep: true }], '': 'no name' };

    await ledger.append([aFact({ agent: null, body })]);

    const [entry] = await ledger.entries();
    expect(entry).toMatchObject({ ...aFact(), agent: null, body });
    expect(entry?.hash).toBe(ledgerHash(LedgerEntry.parse(entry)));
  });

  it('adds nothing for an entry id that is there, and returns the entry that is', async () => {
    const { ledger } = await openFresh(fresh);
    const [entry] = await ledger.append([aFact({ body: { said: 'first' } })]);

    const again = await ledger.append([
      aFact({ body: { said: 'second' } }),
      aFact({ entryId: 'new' }),
      aFact({ entryId: 'new' }),
    ]);

    expect(again[0]).toEqual(entry);
    expect(again[2]).toEqual(again[1]);
    expect(await ledger.entries()).toEqual([entry, again[1]]);
  });

  it('continues the chain in another process of a later day', async () => {
    const database = await fresh();
    const before = await database.open();
    await before.migrate();
    const [first] = await before.ledger.append([aFact({ entryId: 'a' })]);

    const later = await database.open();
    const [second] = await later.ledger.append([aFact({ entryId: 'b' })]);

    expect(second).toMatchObject({ position: 2, previous: first?.hash, runPrevious: first?.hash });
  });

  it('refuses a fact that could never be verified, and keeps nothing of its batch', async () => {
    const { ledger } = await openFresh(fresh);

    const appended = ledger.append([aFact(), aFact({ entryId: 'late', time: 'yesterday' })]);

    await expect(appended).rejects.toThrow(InvalidFact);
    await expect(appended).rejects.toThrow(/late: time: .*yesterday/);
    expect(await ledger.head()).toBeUndefined();
  });

  it('keeps the facts of those who append at the same time as one who must be refused', async () => {
    const { ledger } = await openFresh(fresh);

    const [first, refused, last] = await Promise.allSettled([
      ledger.append([aFact({ entryId: 'first' })]),
      ledger.append([aFact({ entryId: '' })]),
      ledger.append([aFact({ entryId: 'last' })]),
    ]);

    expect([first?.status, refused?.status, last?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await ledger.entries()).map((entry) => entry.entryId)).toEqual(['first', 'last']);
  });

  it('answers by run, by page and by head', async () => {
    const { ledger } = await openFresh(fresh);
    const entries = await ledger.append([...factsOf('one', 3), ...factsOf('two', 2)]);

    expect(await ledger.entries({ run: 'two' })).toEqual(entries.slice(3));
    expect(await ledger.entries({ afterPosition: 1, limit: 2 })).toEqual(entries.slice(1, 3));
    expect(await ledger.head()).toEqual(entries[4]);
    expect(await ledger.runHead('one')).toEqual(entries[2]);
    expect(await ledger.runHead('none')).toBeUndefined();
  });

  it('reads and exports more than a page, in order', async () => {
    const { ledger } = await openFresh(fresh);
    const entries = await ledger.append([...factsOf('one', 601), ...factsOf('two', 601)]);

    expect(await ledger.entries()).toEqual(entries);
    expect(await verifyLedger(ledger.export())).toMatchObject({ ok: true, entries: 1_202, runs: 2 });
    expect(await verifyLedger(ledger.export('two'), { whole: false })).toMatchObject({
      ok: true,
      entries: 601,
      runs: 1,
    });
  });

  it('gives each of many appends at once its own entries', async () => {
    const { ledger } = await openFresh(fresh);
    const batches = Array.from({ length: 130 }, (_, at) => factsOf(`run-${at}`, 2));

    const appended = await Promise.all(batches.map((batch) => ledger.append(batch)));

    expect(appended.map((entries) => entries.map((entry) => entry.entryId))).toEqual(
      batches.map((batch) => batch.map((fact) => fact.entryId)),
    );
    expect(await verifyLedger(ledger.export())).toMatchObject({ ok: true, entries: 260, runs: 130 });
  });

  it('stays one gapless chain when four processes append at once', async () => {
    const database = await fresh();
    const store = await database.open();
    await store.migrate();
    const tasks = ['a', 'b', 'c', 'd'].map((writer) => ({ location: database.location, writer, count: 50 }));

    const children = await startChildren('append-facts.ts', tasks);
    await Promise.all(children.map((child) => child.go()));

    expect(await verifyLedger(store.ledger.export())).toMatchObject({ ok: true, entries: 200, runs: 5 });
    expect(await store.ledger.runHead('shared')).toMatchObject({ sequence: 100 });
  });
});
