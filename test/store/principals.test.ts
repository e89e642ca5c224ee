import { expect, it } from 'vitest';
import { describeOnEachDatabase, openFresh } from '../support/databases.ts';

const TIME = '2026-03-01T09:00:00.000Z';
const LATER = '2026-03-02T09:00:00.000Z';
const BY = { by: 'root', time: TIME };
const LATER_BY = { by: 'root', time: LATER };

const person = (id: string, groups: string[] = [], email: string | null = null) =>
  ({ id, kind: 'person', groups, email }) as const;

describeOnEachDatabase('principals', (fresh) => {
  it('are added once, with their groups and address, and every change is in the ledger', async () => {
    const { principals, ledger } = await openFresh(fresh);

    const added = await principals.add(person('ada', ['owners', 'security', 'owners'], 'Ada@Example.org'), BY);
    const again = await principals.add(person('ada', ['others']), LATER_BY);
    const changed = await principals.change('ada', { join: ['legal'], leave: ['owners'], email: null }, LATER_BY);

    const ada = {
      ...person('ada', ['owners', 'security'], 'Ada@Example.org'),
      createdAt: TIME,
      disabledAt: null,
    };
    expect(added).toEqual({ outcome: 'added', principal: ada });
    expect(again).toEqual({ outcome: 'id_taken', principal: ada });
    const after = { ...ada, groups: ['legal', 'security'], email: null };
    expect(changed).toEqual({ outcome: 'changed', principal: after });
    expect(await principals.get('ada')).toEqual(after);
    const entries = await ledger.entries({ run: 'principals' });
    expect(entries.map(({ type, time, body }) => [type, time, body])).toEqual([
      [
        'principal.changed',
        TIME,
        {
          principal: 'ada',
          change: 'added',
          kind: 'person',
          groups: ['owners', 'security'],
          email: 'Ada@Example.org',
          active: true,
          by: 'root',
        },
      ],
      [
        'principal.changed',
        LATER,
        {
          principal: 'ada',
          change: 'changed',
          kind: 'person',
          groups: ['legal', 'security'],
          email: null,
          active: true,
          by: 'root',
        },
      ],
    ]);
  });

  it('are disabled and enabled, and a change that changes nothing is none', async () => {
    const { principals, ledger } = await openFresh(fresh);
    await principals.add(person('ada', ['owners']), BY);

    const same = await principals.change('ada', { join: ['owners'], leave: ['nobody'], active: true }, LATER_BY);
    const disabled = await principals.change('ada', { active: false }, LATER_BY);
    const twice = await principals.change('ada', { active: false }, { by: 'root', time: '2026-03-03T09:00:00.000Z' });
    const enabled = await principals.change('ada', { active: true }, LATER_BY);
    const unknown = await principals.change('eve', { active: false }, LATER_BY);

    expect(same.outcome).toBe('unchanged');
    expect(disabled).toMatchObject({ outcome: 'changed', principal: { disabledAt: LATER } });
    expect(twice).toMatchObject({ outcome: 'unchanged', principal: { disabledAt: LATER } });
    expect(enabled).toMatchObject({ outcome: 'changed', principal: { disabledAt: null } });
    expect(unknown).toEqual({ outcome: 'unknown' });
    const entries = await ledger.entries({ run: 'principals' });
    expect(entries.map(({ body }) => body['change'])).toEqual(['added', 'disabled', 'enabled']);
  });

  it('hold an address alone while they are active, whatever its case', async () => {
    const { principals } = await openFresh(fresh);
    await principals.add(person('ada', [], 'team@example.org'), BY);

    const second = await principals.add(person('bob', [], 'TEAM@example.org'), BY);
    await principals.add(person('bob'), BY);
    const changed = await principals.change('bob', { email: 'Team@Example.org' }, BY);
    const own = await principals.change('ada', { email: 'TEAM@EXAMPLE.ORG' }, BY);
    await principals.change('ada', { active: false }, BY);
    const afterwards = await principals.change('bob', { email: 'team@example.org' }, BY);
    const back = await principals.change('ada', { active: true }, BY);

    expect(second).toEqual({ outcome: 'email_taken', holder: 'ada' });
    expect(changed).toEqual({ outcome: 'email_taken', holder: 'ada' });
    expect(own.outcome).toBe('changed');
    expect(afterwards.outcome).toBe('changed');
    expect(back).toEqual({ outcome: 'email_taken', holder: 'bob' });
    expect(await principals.get('ada')).toMatchObject({ disabledAt: TIME });
  });

  it('of one address are never two, when many are added at once', async () => {
    const { principals } = await openFresh(fresh);
    const ids = Array.from({ length: 8 }, (_none, index) => `p${index}`);

    const added = await Promise.all(ids.map((id) => principals.add(person(id, [], 'one@example.org'), BY)));

    expect(added.filter(({ outcome }) => outcome === 'added')).toHaveLength(1);
    expect(await principals.list()).toHaveLength(1);
  });

  it('are asked by group: only people who are active', async () => {
    const { principals } = await openFresh(fresh);
    await principals.add(person('zoe', ['owners']), BY);
    await principals.add(person('Bob', ['owners', 'security']), BY);
    await principals.add(person('gone', ['owners', 'past']), BY);
    await principals.add({ ...person('bot', ['owners']), kind: 'agent' }, BY);
    await principals.change('gone', { active: false }, BY);

    const members = await principals.membersOf(['owners', 'past', 'nobody']);

    expect([...members]).toEqual([
      ['owners', ['Bob', 'zoe']],
      ['past', []],
      ['nobody', []],
    ]);
    expect(await principals.groups()).toEqual(['owners', 'past', 'security']);
    expect((await principals.list({ group: 'owners' })).map(({ id }) => id)).toEqual(['Bob', 'bot', 'gone', 'zoe']);
    expect((await principals.list()).map(({ id }) => id)).toEqual(['Bob', 'bot', 'gone', 'zoe']);
  });

  it('are nobody under a name that no database can hold', async () => {
    const { principals } = await openFresh(fresh);

    expect(await principals.get('a\0b')).toBeUndefined();
    expect(await principals.change('\0', { active: false }, BY)).toEqual({ outcome: 'unknown' });
  });

  it('are in no more groups than anybody can look over', async () => {
    const { principals } = await openFresh(fresh);
    await principals.add(person('ada'), BY);
    const groups = Array.from({ length: 101 }, (_none, index) => `g${index}`);

    expect(await principals.change('ada', { join: groups }, BY)).toEqual({ outcome: 'too_many_groups' });
    expect(await principals.change('ada', { join: groups.slice(1) }, BY)).toMatchObject({ outcome: 'changed' });
  });

  it('stay as they were when the change cannot be recorded', async () => {
    const { principals } = await openFresh(fresh);

    await expect(principals.add(person('ada'), { by: 'root', time: 'now' })).rejects.toMatchObject({
      name: 'InvalidFact',
    });
    expect(await principals.get('ada')).toBeUndefined();
  });
});
