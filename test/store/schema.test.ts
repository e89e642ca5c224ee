import { expect, it } from 'vitest';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import { SchemaMismatch } from '../../src/store/schema.ts';
import { describeOnEachDatabase } from '../support/databases.ts';
import { startChildren } from './children/start.ts';
import { aFact } from './facts.ts';

describeOnEachDatabase('schema', (fresh) => {
  it('names the command to run while migrations are missing', async () => {
    const store = await (await fresh()).open();

    await expect(store.checkSchema()).rejects.toThrow(SchemaMismatch);
    await expect(store.checkSchema()).rejects.toThrow('mandate migrate');
  });

  it('is brought up to date once, and keeps its data', async () => {
    const store = await (await fresh()).open();

    const first = await store.migrate();
    const [entry] = await store.ledger.append([aFact()]);
    const second = await store.migrate();

    await store.checkSchema();
    expect(first.applied).toEqual(Object.keys(MIGRATIONS));
    expect(second.applied).toEqual([]);
    expect(await store.ledger.head()).toEqual(entry);
  });

  it('is brought up to date by one of several processes at once', async () => {
    const { location } = await fresh();

    const children = await startChildren('migrate.ts', [{ location }, { location }, { location }]);
    const applied = await Promise.all(children.map((child) => child.go()));

    expect(applied.flat()).toEqual(Object.keys(MIGRATIONS));
  });

  it('is left alone when it is newer than this program', async () => {
    const database = await fresh();
    const store = await database.open();
    await store.migrate();

    await database.execute(`insert into mandate_migrations (name, timestamp) values ('9999_later', '2099-01-01')`);

    await expect(store.checkSchema()).rejects.toThrow(/newer than this program.*9999_later/);
    await expect(store.migrate()).rejects.toThrow(SchemaMismatch);
  });
});
