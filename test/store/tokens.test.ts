import { expect, it } from 'vitest';
import { describeOnEachDatabase, openFresh } from '../support/databases.ts';

const TIME = '2026-03-01T09:00:00.000Z';
const LATER = '2026-03-02T09:00:00.000Z';
const BY = { by: 'root', time: TIME };

const token = (id: string, principal = 'ada') => ({
  id,
  principal,
  label: 'laptop',
  publicKey: 'p'.repeat(43),
  expiresAt: '2026-06-01T09:00:00.000Z',
});

describeOnEachDatabase('tokens', (fresh) => {
  it('are issued to active people only', async () => {
    const { principals, tokens } = await openFresh(fresh);
    await principals.add({ id: 'ada', kind: 'person', groups: [], email: null }, BY);
    await principals.add({ id: 'bot', kind: 'agent', groups: [], email: null }, BY);
    await principals.add({ id: 'gone', kind: 'person', groups: [], email: null }, BY);
    await principals.change('gone', { active: false }, BY);

    expect(await tokens.issue(token('t1'), BY)).toBe('issued');
    expect(await tokens.issue(token('t1'), BY)).toBe('id_taken');
    expect(await tokens.issue(token('t2', 'eve'), BY)).toBe('unknown_principal');
    expect(await tokens.issue(token('t2', 'bot'), BY)).toBe('not_a_person');
    expect(await tokens.issue(token('t2', 'gone'), BY)).toBe('disabled');
    expect(await tokens.get('t1')).toEqual({ ...token('t1'), createdAt: TIME, revokedAt: null });
    expect(await tokens.get('t2')).toBeUndefined();
  });

  it('are listed without what verifies, the oldest first, and revoked once', async () => {
    const { principals, tokens, ledger } = await openFresh(fresh);
    await principals.add({ id: 'ada', kind: 'person', groups: [], email: null }, BY);
    await principals.add({ id: 'bob', kind: 'person', groups: [], email: null }, BY);
    await tokens.issue(token('t2'), BY);
    await tokens.issue(token('t1'), { by: 'root', time: LATER });
    await tokens.issue(token('t3', 'bob'), { by: 'root', time: LATER });

    const revoked = await tokens.revoke('t2', { by: 'ben', time: LATER });
    const again = await tokens.revoke('t2', { by: 'ben', time: '2026-03-03T09:00:00.000Z' });

    expect(revoked).toMatchObject({ outcome: 'revoked', token: { id: 't2', revokedAt: LATER } });
    expect(again).toMatchObject({ outcome: 'already_revoked', token: { revokedAt: LATER } });
    expect(await tokens.revoke('t9', BY)).toEqual({ outcome: 'unknown' });
    const { publicKey: _key, ...listed } = token('t2');
    expect(await tokens.list({ principal: 'ada' })).toEqual([
      { ...listed, createdAt: TIME, revokedAt: LATER },
      { ...listed, id: 't1', createdAt: LATER, revokedAt: null },
    ]);
    expect((await tokens.list()).map(({ id }) => id)).toEqual(['t2', 't1', 't3']);
    const entries = (await ledger.entries({ run: 'principals' })).filter(({ type }) => type.startsWith('token.'));
    expect(
      entries.map(({ type, time, body }) => [type, time, body]).filter((_entry, index) => index % 3 === 0),
    ).toEqual([
      [
        'token.issued',
        TIME,
        { token: 't2', principal: 'ada', label: 'laptop', expiresAt: '2026-06-01T09:00:00.000Z', by: 'root' },
      ],
      ['token.revoked', LATER, { token: 't2', principal: 'ada', by: 'ben' }],
    ]);
    expect(JSON.stringify(entries)).not.toContain('p'.repeat(43));
  });
});
