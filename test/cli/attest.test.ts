import { chmod, stat, writeFile } from 'node:fs/promises';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAttestations } from '../../src/activities/attestation-check.ts';
import { parseFounderKeys } from '../../src/activities/founder-keys.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/open.ts';
import { openCli } from './support/mandate-cli.ts';
import type { Cli } from './support/mandate-cli.ts';

const DIGEST = `sha256:${'5'.repeat(64)}`;

let cli: Cli;
let elsewhere: Cli;
let store: Store;
let key: string;
let setting: string;
beforeAll(async () => {
  cli = await openCli();
  elsewhere = await openCli();
  store = await openStore({ file: join(cli.folder, 'mandate.db') });
  await store.migrate();
  key = join(elsewhere.folder, 'founder.pem');
  setting = (await cli.json<{ setting: string }>(['attest', 'keygen', '--as', 'ada', '--out', key])).setting;
});
afterAll(async () => {
  await store.close();
  await cli.remove();
  await elsewhere.remove();
});

function attest(options: Record<string, string | undefined> = {}): string[] {
  const all = { digest: DIGEST, scope: 'venture_kill', evidence: 'minutes of 3 May', key, as: 'ada', ...options };
  return [
    'attest',
    ...Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value])),
  ];
}

describe('mandate attest', () => {
  it('gives what the executor accepts, and records it', async () => {
    const before = Date.now();
    const { statement, holdsUntil } = await cli.json<{ statement: { id: string; time: string }; holdsUntil: string }>(
      attest(),
      { MANDATE_FOUNDER_KEYS: setting },
    );

    const check = { store, founderKeys: parseFounderKeys(setting), digest: DIGEST, nowMs: Date.now() };
    expect(await checkAttestations({ ...check, classes: ['venture_kill'] })).toMatchObject({
      ok: true,
      use: [statement.id],
    });
    expect(await checkAttestations({ ...check, classes: ['account_switch'] })).toMatchObject({ ok: false });
    expect(Date.parse(statement.time)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(holdsUntil) - Date.parse(statement.time)).toBe(900_000);
    expect(await store.ledger.entries({ run: `attestation/${statement.id}` })).toMatchObject([
      {
        type: 'attestation.given',
        agent: null,
        body: { founder: 'ada', scope: 'venture_kill', digest: DIGEST, evidence: 'minutes of 3 May' },
      },
    ]);
  });

  it('says for people what it lifts, and where the executor has to know the key', async () => {
    const { exitCode, stdout, stderr } = await cli.run(attest({ evidence: 'ticket 7' }));

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^lifts +venture_kill$/m);
    expect(stdout).toMatch(/^evidence +ticket 7$/m);
    expect(stderr).toContain(`MANDATE_FOUNDER_KEYS=${setting}`);
  });

  it('refuses a key that the executor would not accept', async () => {
    const { exitCode, stderr } = await cli.run(attest({ as: 'eve' }), { env: { MANDATE_FOUNDER_KEYS: setting } });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('MANDATE_FOUNDER_KEYS does not have this key for "eve"');
  });

  it.each([
    [{ digest: undefined }, '--digest is missing'],
    [{ digest: 'sha256:5' }, '--digest must be sha256:'],
    [{ scope: undefined }, '--scope is missing'],
    [{ scope: 'everything' }, '--scope must be one of force_push_shared'],
    [{ evidence: undefined }, '--evidence is missing'],
    [{ evidence: '   ' }, '--evidence: '],
    [{ key: undefined }, '--key is missing'],
    [{ key: '/nowhere/founder.pem' }, '/nowhere/founder.pem cannot be read'],
    [{ as: 'a:b' }, '--as takes one line without colons'],
  ])('refuses %j', async (options, why) => {
    const { exitCode, stderr } = await cli.run(attest(options));

    expect(exitCode).toBe(2);
    expect(stderr).toContain(why);
  });

  it.each([
    ['no key', 'nothing', 'holds no private key'],
    [
      'a key of another type',
      generateKeyPairSync('rsa', { modulusLength: 2048 })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
      'holds a key of the type rsa, not Ed25519',
    ],
  ])('refuses a file with %s', async (_what, content, why) => {
    const file = join(elsewhere.folder, 'other.pem');
    await writeFile(file, content, { mode: 0o600 });

    const { exitCode, stderr } = await cli.run(attest({ key: file }));

    expect(exitCode).toBe(2);
    expect(stderr).toContain(why);
  });

  it('refuses a key that others can read', async () => {
    const file = join(elsewhere.folder, 'open.pem');
    await cli.json(['attest', 'keygen', '--as', 'ada', '--out', file]);
    await chmod(file, 0o644);

    const { exitCode, stderr } = await cli.run(attest({ key: file }));

    expect(exitCode).toBe(2);
    expect(stderr).toContain(`(mode 644); run: chmod 600 ${file}`);
  });
});

describe('mandate attest keygen', () => {
  it('makes a key that only its owner can read, and tells the public one only', async () => {
    const { stdout } = await cli.run([
      'attest',
      'keygen',
      '--as',
      'ada',
      '--out',
      join(elsewhere.folder, 'new', 'a.pem'),
    ]);

    expect((await stat(join(elsewhere.folder, 'new', 'a.pem'))).mode & 0o777).toBe(0o600);
    expect(stdout).toMatch(/MANDATE_FOUNDER_KEYS=ada:[A-Za-z0-9+/]{43}=$/m);
    expect(stdout).not.toContain('PRIVATE KEY');
  });

  it('overwrites nothing', async () => {
    const { exitCode, stderr } = await cli.run(['attest', 'keygen', '--as', 'ada', '--out', key]);

    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${key} is there already`);
  });

  it('puts no key into the data folder', async () => {
    const { exitCode, stderr } = await cli.run([
      'attest',
      'keygen',
      '--as',
      'ada',
      '--out',
      join(cli.folder, 'f', 'a.pem'),
    ]);

    expect(exitCode).toBe(2);
    expect(stderr).toContain("put a founder's key elsewhere");
  });
});
