import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/open.ts';
import { until } from '../support/until.ts';
import { openCli } from './support/mandate-cli.ts';
import type { Cli } from './support/mandate-cli.ts';

let cli: Cli;
let store: Store;
beforeAll(async () => {
  cli = await openCli();
  store = await openStore({ file: join(cli.folder, 'mandate.db') });
  await store.migrate();
  const by = { by: 'root', time: new Date().toISOString() };
  for (const id of ['known', 'owner', 'left']) {
    await store.principals.add({ id, kind: 'person', groups: [], email: null }, by);
  }
  await store.principals.add({ id: 'machine', kind: 'agent', groups: [], email: null }, by);
  await store.principals.change('left', { active: false }, by);
});
afterAll(async () => {
  await store.close();
  await cli.remove();
});

const people = (...args: string[]): Promise<Record<string, unknown>> => cli.json(['people', ...args]);

describe('mandate people', () => {
  it('adds, changes, disables and enables, and says who did', async () => {
    const added = await people(
      'add',
      'ada',
      '--group',
      'owners',
      '--group',
      'security',
      '--email',
      'ada@example.org',
      '--as',
      'root',
    );
    const changed = await people(
      'change',
      'ada',
      '--group',
      'legal',
      '--leave',
      'owners',
      '--no-email',
      '--as',
      'root',
    );
    const nothing = await people('change', 'ada', '--group', 'legal');
    const disabled = await people('disable', 'ada', '--as', 'ben');
    const enabled = await people('enable', 'ada', '--as', 'ben');

    const ada = { id: 'ada', kind: 'person', createdAt: expect.any(String), disabledAt: null };
    expect(added).toEqual({ outcome: 'added', ...ada, groups: ['owners', 'security'], email: 'ada@example.org' });
    expect(changed).toEqual({ outcome: 'changed', ...ada, groups: ['legal', 'security'], email: null });
    expect(nothing).toMatchObject({ outcome: 'unchanged' });
    expect(disabled).toMatchObject({ outcome: 'changed', disabledAt: expect.any(String) });
    expect(enabled).toMatchObject({ outcome: 'changed', disabledAt: null });
    const entries = await store.ledger.entries({ run: 'principals' });
    const about = entries.filter(({ body }) => body['principal'] === 'ada');
    expect(about.map(({ body }) => [body['change'], body['by']])).toEqual([
      ['added', 'root'],
      ['changed', 'root'],
      ['disabled', 'ben'],
      ['enabled', 'ben'],
    ]);
  });

  it('lists everybody, or a group, for people and for programs', async () => {
    await people('add', 'Zoe Ü', '--group', 'listed');
    await people('add', 'robot', '--agent', '--group', 'listed');
    await people('disable', 'Zoe Ü');

    const listed = await cli.json<{ id: string }[]>(['people', 'list', '--group', 'listed']);
    const { stdout } = await cli.run(['people']);
    const empty = await cli.run(['people', 'list', '--group', 'nobody']);

    expect(listed.map(({ id }) => id)).toEqual(['Zoe Ü', 'robot']);
    expect(stdout).toMatch(/^robot +agent +listed +active$/m);
    expect(stdout).toMatch(/^Zoe Ü +person +listed +disabled since 20/m);
    expect(empty).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Nobody is in the group "nobody"; groups: .*listed/),
    });
  });

  it('gives an address to one active principal only', async () => {
    await people('add', 'first', '--email', 'one@example.org');

    const second = await cli.run(['people', 'add', 'second', '--email', 'ONE@example.org', '--json']);

    expect(second.exitCode).toBe(1);
    expect(JSON.parse(second.stderr)).toMatchObject({
      error: { type: 'EmailTaken', message: expect.stringContaining('that of first'), field: 'email' },
    });
  });

  it.each([
    [['add', ' '], 2, 'ID must be one line of 1 to 200 characters; given " ".'],
    [['add', 'a\nb\u202e'], 2, 'ID must be one line of 1 to 200 characters; given "a\\nb\\u202e".'],
    [['add', 'a'.repeat(201)], 2, `; given "${'a'.repeat(60)}...".`],
    [['add', 'x', '--group', 'two words'], 2, 'underscores; given "two words".'],
    [['add', 'x', '--email', 'nobody'], 2, '--email must be an e-mail address like ana@example.org; given "nobody".'],
    [['add', 'x', '--email', 'Ana <ana@example.org>'], 2, '--email must be an e-mail address'],
    [['add', 'x', '--as', ' '], 2, '--as takes a name of 1 to 200 characters; given " ".'],
    [['change', 'known', '--email', 'a@b.c', '--no-email'], 2, 'Give --email or --no-email, not both.'],
    [['change', 'known', '--no-email', '--email', 'a@b.c'], 2, 'Give --email or --no-email, not both.'],
    [['add'], 2, 'missing required argument'],
    [['add', 'known'], 1, 'There is a person "known" already'],
    [['change', 'known'], 2, 'Nothing to change; say what with --group'],
    [['change', 'known', '--group', 'g', '--leave', 'g'], 2, 'The group "g" cannot be joined and left at once'],
    [['change', 'nobody', '--group', 'g'], 1, 'There is nobody "nobody"'],
    [['disable', 'nobody\nb'], 1, 'There is nobody "nobody\\nb".'],
    [['enable', 'nobody'], 1, 'There is nobody "nobody"'],
    [['promote', 'known'], 2, 'too many arguments'],
  ])('refuses %j', async (args, exitCode, why) => {
    const ended = await cli.run(['people', ...args]);

    expect(ended).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(why) });
  });
});

describe('mandate tokens', () => {
  it('shows a token once, and keeps what verifies only', async () => {
    await people('add', 'tom');
    const created = await cli.json<{ token: string; id: string }>(['tokens', 'create', 'tom', '--label', 'laptop']);
    const listed = await cli.json<object[]>(['tokens', 'list', 'tom']);
    const text = await cli.run(['tokens']);

    expect(created.token).toMatch(/^mdt_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    expect(created.token).toContain(created.id);
    const secret = created.token.slice(21);
    const token = { id: created.id, principal: 'tom', label: 'laptop', revokedAt: null, state: 'valid' };
    expect(listed).toEqual([{ ...token, createdAt: expect.any(String), expiresAt: expect.any(String) }]);
    const { createdAt, expiresAt } = listed[0] as { createdAt: string; expiresAt: string };
    expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(90 * 86_400_000);
    expect(text.stdout).toMatch(new RegExp(`^${created.id} +tom +laptop .* valid$`, 'm'));
    const kept = JSON.stringify([text, await store.tokens.get(created.id), await store.ledger.entries()]);
    expect(kept).not.toContain(secret);
  });

  it('are revoked by their id, or by themselves', async () => {
    await people('add', 'rex');
    const one = await cli.json<{ token: string; id: string }>(['tokens', 'create', 'rex', '--expires', '12h']);
    const two = await cli.json<{ token: string; id: string }>(['tokens', 'create', 'rex']);

    const first = await cli.json(['tokens', 'revoke', one.id, '--as', 'ben']);
    const again = await cli.json(['tokens', 'revoke', one.id]);
    const second = await cli.run(['tokens', 'revoke', two.token]);

    expect(first).toMatchObject({ outcome: 'revoked', id: one.id, principal: 'rex' });
    expect(again).toMatchObject({ outcome: 'already_revoked' });
    expect(second).toMatchObject({ exitCode: 0, stdout: `Revoked the token ${two.id} of rex; it counts no more.` });
    const listed = await cli.json<{ state: string }[]>(['tokens', 'list', 'rex']);
    expect(listed.map(({ state }) => state)).toEqual(['revoked', 'revoked']);
  });

  it('tell what they are worth', async () => {
    await people('add', 'sue');
    await cli.json(['tokens', 'create', 'sue', '--expires', '1s']);
    await cli.json(['tokens', 'create', 'sue']);
    await people('disable', 'sue');

    const states = await until('the first to expire', async () => {
      const listed = await cli.json<{ state: string }[]>(['tokens', 'list', 'sue']);
      return listed[0]?.state === 'expired' && listed.map(({ state }) => state);
    });
    expect(states).toEqual(['expired', 'owner disabled']);
  });

  it.each([
    [['create', 'nobody'], 1, 'There is nobody "nobody"'],
    [['create', 'machine'], 1, '"machine" is an agent, and only people decide'],
    [['create', 'left'], 1, '"left" is disabled'],
    [['create', 'owner', '--expires', '367d'], 2, '--expires takes a whole number from 1 and d, h, m or s'],
    [['create', 'owner', '--expires', '0d'], 2, '--expires takes'],
    [['create', 'owner', '--expires', 'never'], 2, 'at most 366d; given "never".'],
    [['create', 'owner', '--label', 'a\nb'], 2, '--label takes one line of at most 100 characters; given "a\\nb".'],
    [['list', 'nobody'], 1, 'There is nobody "nobody"'],
    [['revoke', '0123456789abcdef'], 1, 'There is no token 0123456789abcdef'],
    [['revoke', 'laptop'], 2, 'The id of a token is 16 hex digits'],
  ])('refuses %j', async (args, exitCode, why) => {
    const ended = await cli.run(['tokens', ...args]);

    expect(ended).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(why) });
  });
});

describe('mandate doctor', () => {
  it('says what to do where nobody could decide, and who can', async () => {
    const other = await openCli({ MANDATE_TRUST_NAMESPACE: 'no' });
    const empty = await openStore({ file: join(other.folder, 'mandate.db') });
    await empty.migrate();

    const before = await other.run(['doctor']);
    await other.json(['people', 'add', 'ada']);
    const { token, id } = await other.json<{ token: string; id: string }>(['tokens', 'create', 'ada']);
    const after = await other.run(['doctor'], { env: { MANDATE_TOKEN: token } });
    const trusted = await other.run(['doctor'], { env: { MANDATE_TRUST_NAMESPACE: 'yes' } });
    await other.json(['tokens', 'revoke', id]);
    const revoked = await other.run(['doctor'], { env: { MANDATE_TOKEN: token } });
    await empty.close();
    await other.remove();

    expect(before.stdout).toMatch(
      /^warn +trust +.*nobody has a valid token; run: mandate people add PERSON, then: mandate tokens create/m,
    );
    expect(after.stdout).toMatch(/^ok +trust +decisions must be proven; 1 of 1 people with a valid token$/m);
    expect(after.stdout).toMatch(new RegExp(`^ok +token +MANDATE_TOKEN is ${id} of ada$`, 'm'));
    expect(trusted.stdout).toMatch(
      /^ok +trust +whoever may signal decides in any name \(MANDATE_TRUST_NAMESPACE=yes\)/m,
    );
    expect(revoked.stdout).toMatch(/^warn +token +.* which this database has as: revoked; ask for another/m);
    expect(after.stdout).not.toContain(token);
  });

  it('says how the database comes to be where there is none, as people and tokens do', async () => {
    const other = await openCli();

    const doctor = await other.run(['doctor'], { env: { MANDATE_TRUST_NAMESPACE: 'no' } });
    const lists = [await other.run(['people']), await other.run(['tokens'])];
    const elsewhere = await other.run(['people'], { env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } });
    await other.remove();

    const first = 'The first "mandate dev" or "mandate run" makes';
    expect(doctor.stdout).toMatch(
      new RegExp(`^warn +trust +.*; ${first} the database; after it, run: mandate people`, 'm'),
    );
    for (const { stderr } of lists)
      expect(stderr).toContain(`${first} it; if there is one elsewhere, set MANDATE_DATA`);
    expect(elsewhere.stderr).toContain('"mandate migrate" makes it; if there is one elsewhere');
  });

  it('does not judge for a worker elsewhere whether decisions must be proven', async () => {
    const { stdout } = await cli.run(['doctor'], { env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } });

    expect(stdout).toMatch(
      /^ok +trust +MANDATE_TRUST_NAMESPACE of the worker says whether decisions must be proven; \d+ of/m,
    );
  });
});
