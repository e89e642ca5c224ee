import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEDGER_START, type LedgerEntry, type LedgerFact, ledgerHash } from '../../src/contract/ledger.ts';
import { readExport, verifyLedger } from '../../src/store/verify-ledger.ts';
import { describeOnEachDatabase, type Fresh } from '../support/databases.ts';
import { aFact, factsOf } from './facts.ts';

describeOnEachDatabase('a ledger that somebody changed', (fresh) => {
  it('shows a changed body', async () => {
    const { store, execute } = await aWrittenLedger(fresh);

    await execute(`update ledger set body = '{"number":7}' where position = 3`);

    expect(await verifyLedger(store.ledger.export())).toMatchObject({
      ok: false,
      entries: 2,
      broken: { position: 3, entryId: 'one/2', line: 3, reason: expect.stringContaining('content was changed') },
    });
  });

  it('shows a body that is no JSON any more', async () => {
    const { store, execute } = await aWrittenLedger(fresh);

    await execute(`update ledger set body = 'gone' where position = 2`);

    expect(await verifyLedger(store.ledger.export())).toMatchObject({
      ok: false,
      broken: { position: 2, entryId: 'two/1' },
    });
  });

  it('shows two entries that changed places', async () => {
    const { store, execute } = await aWrittenLedger(fresh);

    await execute(
      'update ledger set position = -2 where position = 2; update ledger set position = 2 where position = 5; update ledger set position = 5 where position = -2',
    );

    expect(await verifyLedger(store.ledger.export())).toMatchObject({
      ok: false,
      broken: { line: 2, entryId: 'one/3' },
    });
  });

  it('shows that an entry in the middle is gone, in the whole and in its run', async () => {
    const { store, execute } = await aWrittenLedger(fresh);

    await execute('delete from ledger where position = 3');

    expect(await verifyLedger(store.ledger.export())).toMatchObject({
      ok: false,
      broken: { position: 4, reason: expect.stringContaining('entries before it are missing') },
    });
    expect(await verifyLedger(store.ledger.export('one'), { whole: false })).toMatchObject({
      ok: false,
      broken: { entryId: 'one/3', line: 2, reason: expect.stringContaining('sequence 3 in its run where 2') },
    });
    expect(await verifyLedger(store.ledger.export('two'), { whole: false })).toMatchObject({ ok: true, entries: 3 });
  });

  it('shows that a whole run is gone', async () => {
    const { store, execute } = await aWrittenLedger(fresh);

    await execute(`delete from ledger where run = 'one'`);

    expect(await verifyLedger(store.ledger.export())).toMatchObject({ ok: false, broken: { position: 2, line: 1 } });
  });

  it('shows that its end is gone, to whoever noted a hash', async () => {
    const { store, execute } = await aWrittenLedger(fresh);
    const head = await store.ledger.head();

    await execute('delete from ledger where position > 4');

    expect(await verifyLedger(store.ledger.export())).toMatchObject({ ok: true, entries: 4 });
    expect(await verifyLedger(store.ledger.export(), { expectHead: head?.hash })).toMatchObject({
      ok: false,
      entries: 4,
      broken: { line: 5, reason: expect.stringContaining(`expected hash ${head?.hash}`) },
    });
  });

  it('is sound for whoever noted a hash, also after it grew', async () => {
    const { store } = await aWrittenLedger(fresh);
    const head = await store.ledger.head();

    await store.ledger.append(factsOf('three', 2));

    expect(await verifyLedger(store.ledger.export(), { expectHead: head?.hash })).toMatchObject({
      ok: true,
      entries: 8,
    });
  });
});

describe('verifying a ledger', () => {
  it('finds nothing wrong with none', async () => {
    expect(await verifyLedger([])).toEqual({ ok: true, entries: 0, runs: 0, head: null });
  });

  it('names the entry after one whose hash was made to fit its new content', async () => {
    const entries = chained(factsOf('one', 3));
    const { hash: _, ...changed } = { ...entries[1]!, body: { number: 7 } };

    const verdict = await verifyLedger([entries[0], { ...changed, hash: ledgerHash(changed) }, entries[2]]);

    expect(verdict).toMatchObject({
      ok: false,
      broken: { position: 3, reason: expect.stringContaining('its previous is') },
    });
  });

  it('takes what is no ledger entry for a broken one', async () => {
    const [first, second] = chained(factsOf('one', 2));

    const broken = [undefined, null, 7, 'text', [], {}, { ...second, extra: 1 }, { ...second, type: 'gossip' }];

    for (const given of broken) {
      expect(await verifyLedger([first, given])).toMatchObject({ ok: false, entries: 1, broken: { line: 2 } });
    }
  });

  it('takes no entry of another run among those of one', async () => {
    const [first, other] = chained([aFact({ entryId: 'a', run: 'one' }), aFact({ entryId: 'b', run: 'two' })]);

    const verdict = await verifyLedger([first, other], { whole: false });

    expect(verdict).toMatchObject({
      ok: false,
      broken: { entryId: 'b', reason: expect.stringContaining('belongs to run two') },
    });
  });

  it('finds any one change to any entry but a cut end', async () => {
    const entries = chained([...factsOf('one', 3), ...factsOf('two', 3), ...factsOf('one', 6).slice(3)]);
    const place = fc.nat(entries.length - 1);
    const field = fc.constantFrom(...(Object.keys(entries[0]!) as (keyof LedgerEntry)[]));
    const change = fc.oneof(
      fc.record({ kind: fc.constant('drop'), at: fc.nat(entries.length - 2) }),
      fc.record({ kind: fc.constant('repeat'), at: place }),
      fc.record({ kind: fc.constant('swap'), at: fc.nat(entries.length - 2) }),
      fc.record({ kind: fc.constant('take a field of another entry'), at: place, from: place, field }),
    );

    await fc.assert(
      fc.asyncProperty(change, async (change) => {
        const changed = [...entries];
        const entry = entries[change.at]!;
        if (change.kind === 'drop') changed.splice(change.at, 1);
        if (change.kind === 'repeat') changed.splice(change.at, 0, entry);
        if (change.kind === 'swap') changed.splice(change.at, 2, entries[change.at + 1]!, entry);
        if ('field' in change) changed[change.at] = { ...entry, [change.field]: entries[change.from]![change.field] };
        fc.pre(JSON.stringify(changed) !== JSON.stringify(entries));

        const verdict = await verifyLedger(changed);

        expect(verdict).toMatchObject({ ok: false, entries: expect.toSatisfy((sound: number) => sound >= change.at) });
      }),
    );
  });
});

describe('reading an export', () => {
  it('gives the same verdict however the text is cut into chunks', async () => {
    const text = chained(factsOf('one', 3))
      .map((entry) => `${JSON.stringify(entry)}\n`)
      .join('');

    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 6 }), async (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), text.length];
        const chunks = edges.slice(1).map((edge, at) => text.slice(edges[at], edge));

        expect(await verifyLedger(readExport(chunks))).toMatchObject({ ok: true, entries: 3 });
      }),
    );
  });

  it('does not need an end of line after the last entry', async () => {
    const text = chained(factsOf('one', 2))
      .map((entry) => JSON.stringify(entry))
      .join('\r\n');

    expect(await verifyLedger(readExport([text]))).toMatchObject({ ok: true, entries: 2 });
  });

  it.each([
    ['a line that is cut', (line: string) => line.slice(0, 40)],
    ['an empty line', () => ''],
    ['a name that stands twice', (line: string) => line.replace('{', '{"body":{},')],
  ])('names %s', async (_, spoil) => {
    const lines = chained(factsOf('one', 3)).map((entry) => JSON.stringify(entry));
    lines[1] = spoil(lines[1]!);

    const verdict = await verifyLedger(readExport([`${lines.join('\n')}\n`]));

    expect(verdict).toMatchObject({
      ok: false,
      entries: 1,
      broken: { line: 2, reason: expect.stringContaining('not JSON') },
    });
  });
});

/** Two runs, entry by entry in turn: `one/1`, `two/1`, `one/2` and so on. */
async function aWrittenLedger(fresh: Fresh) {
  const database = await fresh();
  const store = await database.open();
  await store.migrate();
  const [one, two] = [factsOf('one', 3), factsOf('two', 3)];
  await store.ledger.append(one.flatMap((fact, at) => [fact, two[at]!]));
  return { store, execute: (statement: string) => database.execute(statement) };
}

function chained(facts: readonly LedgerFact[]): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (const fact of facts) {
    const ofRun = entries.filter((entry) => entry.run === fact.run);
    const entry = {
      ...fact,
      position: entries.length + 1,
      sequence: ofRun.length + 1,
      previous: entries.at(-1)?.hash ?? LEDGER_START,
      runPrevious: ofRun.at(-1)?.hash ?? LEDGER_START,
    };
    entries.push({ ...entry, hash: ledgerHash(entry) });
  }
  return entries;
}
