import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readKeyFile } from '../../src/activities/draft-key-file.ts';
import { openCli } from './support/mandate-cli.ts';
import type { Cli } from './support/mandate-cli.ts';

const KEY = 'a1'.repeat(32);
const ENVIRONMENT = { MANDATE_DRAFT_KEYS: `k2:${KEY},k1:${'b2'.repeat(32)}` };

let cli: Cli;
let file: string;
beforeEach(async () => {
  cli = await openCli();
  file = join(cli.folder, 'draft-key.json');
  await writeFile(file, JSON.stringify({ current: 'k1', keys: { k1: KEY } }), { mode: 0o600 });
});
afterEach(async () => cli.remove());

describe('mandate keys', () => {
  it('lists ids, and never a key', async () => {
    const human = await cli.run(['keys', 'list']);
    const json = await cli.json(['keys', 'list']);

    expect(human.stdout).toMatch(/^k1 +signs and verifies$/m);
    expect(human.stdout).not.toContain(KEY);
    expect(json).toEqual({ source: file, current: 'k1', keys: [{ id: 'k1', current: true }] });
  });

  it('rotates to a new key, and keeps the others', async () => {
    const rotated = await cli.json<{ current: string }>(['keys', 'rotate']);
    const named = await cli.json(['keys', 'rotate', '--id', '2026-11']);
    const kept = await readKeyFile(file);

    expect(rotated.current).toMatch(/^key-\d{8}-[0-9a-f]{6}$/);
    expect(named).toMatchObject({ current: '2026-11' });
    expect(Object.keys(kept.byId)).toEqual(['k1', rotated.current, '2026-11']);
    expect(kept.byId['k1']).toBe(KEY);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('loses no key when two rotate at the same time', async () => {
    const ids = ['a', 'b', 'c', 'd'];

    await Promise.all(ids.map((id) => cli.json(['keys', 'rotate', '--id', id])));

    expect(Object.keys((await readKeyFile(file)).byId).sort()).toEqual(['a', 'b', 'c', 'd', 'k1']);
  });

  it('forgets a key, but not the current one', async () => {
    await cli.json(['keys', 'rotate', '--id', 'k2']);

    const current = await cli.run(['keys', 'forget', 'k2']);
    const unknown = await cli.run(['keys', 'forget', 'k3']);
    const older = await cli.json(['keys', 'forget', 'k1']);

    expect(current).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('mandate keys rotate') });
    expect(unknown).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('There is no key "k3"; there are k1, k2'),
    });
    expect(older).toMatchObject({ current: 'k2', keys: [{ id: 'k2', current: true }] });
  });

  it.each([
    ['not JSON', '{"current":', 'is not JSON'],
    ['two keys of one id', `{"current":"k","keys":{"k":"${KEY}","k":"${KEY}"}}`, 'is not JSON'],
    ['a current key that is not there', `{"current":"k","keys":{"k1":"${KEY}"}}`, 'current is wrong'],
    ['a key that is too short', '{"current":"k","keys":{"k":"a1"}}', 'keys is wrong'],
    ['something else', '[]', 'its shape is wrong'],
  ])('refuses a key file with %s, and shows no key', async (_what, content, why) => {
    await writeFile(file, content);

    const { exitCode, stderr } = await cli.run(['keys', 'list']);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(why);
    expect(stderr).not.toContain(KEY);
  });

  it('refuses a key file that others can read', async () => {
    await chmod(file, 0o640);

    expect(await cli.run(['keys', 'rotate'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`(mode 640), so that its keys may be known; run: chmod 600 ${file}`),
    });
  });

  it('says where it looked when there is none', async () => {
    const elsewhere = join(cli.folder, 'elsewhere');
    await mkdir(elsewhere);

    const { exitCode, stderr } = await cli.run(['keys', 'list'], { env: { MANDATE_DATA: elsewhere } });

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`there is no key file at ${join(elsewhere, 'draft-key.json')}`);
  });

  it('lists keys of the environment, and shows how they are changed there', async () => {
    const before = await readFile(file, 'utf8');

    const listed = await cli.json(['keys', 'list'], ENVIRONMENT);
    const rotated = await cli.run(['keys', 'rotate', '--id', 'k3'], { env: ENVIRONMENT });
    const taken = await cli.run(['keys', 'rotate', '--id', 'k1'], { env: ENVIRONMENT });
    const forgotten = await cli.run(['keys', 'forget', 'k1'], { env: ENVIRONMENT });

    expect(listed).toMatchObject({ source: 'MANDATE_DRAFT_KEYS', current: 'k2' });
    expect(rotated.exitCode).toBe(0);
    expect(rotated.stdout).toContain('MANDATE_DRAFT_KEYS="k3:$(openssl rand -hex 32),$MANDATE_DRAFT_KEYS"');
    expect(rotated.stdout).not.toMatch(/[0-9a-f]{64}/);
    expect(taken.exitCode).toBe(2);
    expect(forgotten).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('MANDATE_DRAFT_KEYS') });
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('refuses an id that no list of keys could hold', async () => {
    expect((await cli.run(['keys', 'rotate', '--id', 'a:b'])).exitCode).toBe(2);
  });
});

describe('an executor', () => {
  it('does not start on a key file that it cannot use', async () => {
    await writeFile(file, '{');

    const { exitCode, stderr } = await cli.run(['run', cli.file('gate.yaml'), '--as', 'gus']);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`The key file ${file} is not JSON`);
  });
});
