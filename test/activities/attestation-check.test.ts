import { expect, it } from 'vitest';
import { checkAttestations } from '../../src/activities/attestation-check.ts';
import type { AttestationsResult } from '../../src/activities/attestation-check.ts';
import { parseFounderKeys } from '../../src/activities/founder-keys.ts';
import type { NonDelegable } from '../../src/contract/non-delegable.ts';
import type { Store } from '../../src/store/open.ts';
import { describeOnEachDatabase, openFresh } from '../support/databases.ts';
import { aFounder, anAttestation, aStatement } from '../support/founders.ts';

const ADA = aFounder('ada');
const GIVEN = Date.parse('2026-03-01T10:00:00.000Z');
const { digest } = aStatement();

async function ask(
  store: Store,
  overrides: { keys?: string; classes?: readonly NonDelegable[]; nowMs?: number; draftId?: string } = {},
): Promise<AttestationsResult> {
  const { keys = ADA.setting, classes = ['venture_kill'], nowMs = GIVEN + 1_000, draftId } = overrides;
  return checkAttestations({
    store,
    founderKeys: keys === '' ? [] : parseFounderKeys(keys),
    digest,
    classes,
    nowMs,
    ...(draftId === undefined ? {} : { draftId }),
  });
}

describeOnEachDatabase('looking for attestations', (fresh) => {
  it('finds the one that lifts the refusal, and consumes nothing', async () => {
    const store = await openFresh(fresh);
    const given = anAttestation(ADA);
    await store.attestations.give(given, []);

    const first = await ask(store);
    const again = await ask(store);

    expect(first).toEqual({ ok: true, use: [given.statement.id], statements: [given.statement] });
    expect(again).toEqual(first);
  });

  it('wants one for each class', async () => {
    const store = await openFresh(fresh);
    await store.attestations.give(anAttestation(ADA), []);
    const classes = ['venture_kill', 'permission_escalation'] as const;

    const before = await ask(store, { classes });
    await store.attestations.give(anAttestation(ADA, { scope: 'permission_escalation' }), []);
    const after = await ask(store, { classes });

    expect(before).toMatchObject({ ok: false, missing: ['permission_escalation'] });
    expect(after).toMatchObject({ ok: true, use: [expect.any(String), expect.any(String)] });
  });

  it('says how one is given when there is none', async () => {
    const result = await ask(await openFresh(fresh));

    expect(result).toMatchObject({
      ok: false,
      missing: ['venture_kill'],
      why: expect.stringContaining(`mandate attest --digest ${digest} --scope venture_kill`),
    });
  });

  it('takes the key that its founder has, whichever of several', async () => {
    const store = await openFresh(fresh);
    const newer = aFounder('ada');
    await store.attestations.give(anAttestation(newer), []);

    expect(await ask(store, { keys: `${ADA.setting},${newer.setting}` })).toMatchObject({ ok: true });
    expect(await ask(store, { keys: ADA.setting })).toMatchObject({ ok: false });
    expect(await ask(store, { keys: '' })).toMatchObject({ why: expect.stringContaining('no MANDATE_FOUNDER_KEYS') });
  });

  it('does not take what one founder signed in the name of another', async () => {
    const store = await openFresh(fresh);
    const eve = aFounder('eve');
    await store.attestations.give(anAttestation({ ...eve, founder: 'ada' }), []);

    const result = await ask(store, { keys: `${ADA.setting},${eve.setting}` });

    expect(result).toMatchObject({
      ok: false,
      why: expect.stringContaining('is not signed with a key of its founder'),
    });
  });

  it('does not let one that is over or forged stand before one that holds', async () => {
    const store = await openFresh(fresh);
    const good = anAttestation(ADA, { time: '2026-03-01T10:10:00.000Z' });
    await store.attestations.give(anAttestation(ADA), []);
    await store.attestations.give(anAttestation(aFounder('ada'), { time: '2026-03-01T10:09:00.000Z' }), []);
    await store.attestations.give(good, []);

    const result = await ask(store, { nowMs: GIVEN + 20 * 60_000 });

    expect(result).toMatchObject({ ok: true, use: [good.statement.id] });
  });

  it.each([
    ['its scope', `set scope = 'venture_kill'`, { scope: 'permission_escalation' }],
    ['its digest', `set digest = '${digest}'`, { digest: `sha256:${'1'.repeat(64)}` }],
    ['its time', `set time = '2026-03-01T10:00:00.000Z'`, { time: '2026-03-01T09:30:00.000Z' }],
    ['its id', `set id = 'another-id-of-22-letters'`, {}],
    ['its statement', `set statement = replace(statement, 'minutes', 'record')`, {}],
    ['its statement, beyond reading', `set statement = '{'`, {}],
    ['its signature', `set signature = 'x'`, {}],
  ] as const)('is not misled by a row that was changed: %s', async (_what, change, overrides) => {
    const database = await fresh();
    const store = await database.open();
    await store.migrate();
    await store.attestations.give(anAttestation(ADA, overrides), []);

    await database.execute(`update attestations ${change}`);

    expect(await ask(store)).toMatchObject({ ok: false, missing: ['venture_kill'] });
  });
});
