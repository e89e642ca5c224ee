import { expect, it } from 'vitest';
import { addressOf } from '../../../src/activities/mail/address-of.ts';
import { describeOnEachDatabase } from '../../support/databases.ts';
import { addPerson } from '../../support/people.ts';

describeOnEachDatabase('the address that is written to', (fresh) => {
  it('is that of a person alone, who is not disabled and has one', async () => {
    const database = await fresh();
    const store = await database.open();
    await store.migrate();
    for (const [id, email] of [
      ['ana', 'ana@example.org'],
      ['ben', null],
      ['eve', 'eve@example.org'],
      ['bot', 'bot@example.org'],
    ] as const) {
      await addPerson(database, id, email);
    }
    await database.execute(`update principals set disabled_at = '2026-01-01T00:00:00.000Z' where id = 'eve'`);
    await database.execute(`update principals set kind = 'agent' where id = 'bot'`);

    const addresses = await Promise.all(
      ['ana', 'ben', 'eve', 'bot', 'nobody'].map((id) => addressOf(store.principals, id)),
    );

    expect(addresses).toEqual(['ana@example.org', undefined, undefined, undefined, undefined]);
  });
});
