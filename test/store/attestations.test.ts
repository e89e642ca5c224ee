import { expect, it } from 'vitest';
import { useIn } from '../../src/store/attestations.ts';
import { createDatabase } from '../../src/store/database.ts';
import type { StoreLocation } from '../../src/store/open.ts';
import { openPostgresql } from '../../src/store/postgresql.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { describeOnEachDatabase, openFresh } from '../support/databases.ts';
import { aFounder, anAttestation } from '../support/founders.ts';
import { aFact } from './facts.ts';

const ADA = aFounder();
const TIME = '2026-03-01T10:05:00.000Z';

class NotUsed extends Error {}

/** Uses attestations as a claim does: when it cannot have all, it has none. */
async function use(where: StoreLocation, ids: readonly string[], draftId: string, time = TIME): Promise<boolean> {
  const database = createDatabase('url' in where ? await openPostgresql(where.url) : await openSqlite(where.file));
  try {
    return await database.write(async (tx) => {
      if (!(await useIn(tx, ids, draftId, time))) throw new NotUsed();
      return true;
    });
  } catch (error) {
    if (error instanceof NotUsed) return false;
    throw error;
  } finally {
    await database.close();
  }
}

describeOnEachDatabase('attestations', (fresh) => {
  it('keeps an attestation once, with its facts', async () => {
    const { attestations, ledger } = await openFresh(fresh);
    const given = anAttestation(ADA);
    const { digest, scope, id } = given.statement;

    const first = await attestations.give(given, [aFact({ entryId: 'one', type: 'attestation.given' })]);
    const again = await attestations.give(given, [aFact({ entryId: 'two', type: 'attestation.given' })]);
    const other = await attestations.give(anAttestation(ADA, { id, evidence: 'another' }), []);

    expect([first, again, other]).toEqual(['given', 'given', 'id_taken']);
    expect((await ledger.entries()).map(({ entryId }) => entryId)).toEqual(['one']);
    expect(await attestations.find({ digest, scope, since: '2026-03-01T09:00:00.000Z' })).toEqual([
      { id, ...given, usedBy: undefined, usedAt: undefined },
    ]);
  });

  it('finds those of an action and a class that are young enough, oldest first', async () => {
    const { attestations } = await openFresh(fresh);
    const [old, second, first] = ['09:50', '10:02', '10:01'].map((at) =>
      anAttestation(ADA, { time: `2026-03-01T${at}:00.000Z` }),
    );
    const others = [{ scope: 'account_switch' }, { digest: `sha256:${'2'.repeat(64)}` }] as const;
    for (const given of [old, second, first]) if (given !== undefined) await attestations.give(given, []);
    for (const other of others) await attestations.give(anAttestation(ADA, other), []);

    const { digest, scope } = anAttestation(ADA).statement;
    const found = await attestations.find({ digest, scope, since: '2026-03-01T09:50:00.000Z' });

    expect(found.map(({ id }) => id)).toEqual([first?.statement.id, second?.statement.id]);
  });

  it('lets each be used once', async () => {
    const database = await fresh();
    const store = await database.open();
    await store.migrate();
    const [one, two] = [anAttestation(ADA), anAttestation(ADA)];
    for (const given of [one, two]) await store.attestations.give(given, []);
    const [first, second] = [one.statement.id, two.statement.id];

    expect(await use(database.location, [first, first], 'draft-1')).toBe(true);
    expect(await use(database.location, [first], 'draft-1')).toBe(false);
    expect(await use(database.location, [first, second], 'draft-2')).toBe(false);
    expect(await use(database.location, [second], 'draft-2')).toBe(true);
    expect(await use(database.location, [], 'draft-3')).toBe(true);

    const { digest, scope } = one.statement;
    const found = await store.attestations.find({ digest, scope, since: '' });
    expect(new Map(found.map(({ id, usedBy, usedAt }) => [id, [usedBy, usedAt]]))).toEqual(
      new Map([
        [first, ['draft-1', TIME]],
        [second, ['draft-2', TIME]],
      ]),
    );
  });

  it('lets nothing be used that is not there, or is over by then', async () => {
    const database = await fresh();
    const store = await database.open();
    await store.migrate();
    const given = anAttestation(ADA);
    await store.attestations.give(given, []);

    expect(await use(database.location, ['nobody-has-given-this-one'], 'draft-1')).toBe(false);
    expect(await use(database.location, [given.statement.id], 'draft-1', '2026-03-01T10:15:00.000Z')).toBe(false);
    expect(await use(database.location, [given.statement.id], 'draft-1', '2026-03-01T10:14:59.999Z')).toBe(true);
  });

  it('is used by one draft, whatever number of processes race for it', async () => {
    const database = await fresh();
    const store = await database.open();
    await store.migrate();
    const given = [anAttestation(ADA), anAttestation(ADA)];
    for (const one of given) await store.attestations.give(one, []);
    const ids = given.map(({ statement }) => statement.id);

    const races = Array.from({ length: 8 }, (_, index) =>
      use(database.location, index % 2 === 0 ? ids : [...ids].reverse(), `draft-${index}`),
    );

    expect((await Promise.all(races)).filter(Boolean)).toEqual([true]);
  });
});
