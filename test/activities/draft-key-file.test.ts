import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BadKeyFile, forgetKey, keysOfFile, rotateKeyFile } from '../../src/activities/draft-key-file.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mandate-keys-'));
  file = join(folder, 'data', 'draft-key.json');
});
afterEach(async () => rm(folder, { recursive: true }));

describe('the keys of a file', () => {
  it('are made on first use, the same for all who come at the same time', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => keysOfFile(file)()));

    expect(new Set(made.map(({ current }) => current)).size).toBe(1);
    expect(made[0]?.byId[made[0].current]).toMatch(/^[0-9a-f]{64}$/);
    expect(await readdir(join(folder, 'data'))).toEqual(['draft-key.json']);
  });

  it('are read again when they were rotated, and not otherwise', async () => {
    const keys = keysOfFile(file);
    const first = await keys();

    const again = await keys();
    const rotated = await rotateKeyFile(file, 'k2');
    const after = await keys();
    const forgotten = await forgetKey(file, first.current);

    expect(again).toBe(first);
    expect(after).toEqual(rotated);
    expect(Object.keys(after.byId)).toEqual([first.current, 'k2']);
    expect(await keys()).toEqual(forgotten);
    expect(Object.keys(forgotten.byId)).toEqual(['k2']);
  });

  it('are refused as soon as others can read them, though they had been read before', async () => {
    const keys = keysOfFile(file);
    await keys();

    await chmod(file, 0o604);

    await expect(keys()).rejects.toBeInstanceOf(BadKeyFile);
    await expect(keys()).rejects.toThrow(/mode 604.*chmod 600/);
  });

  it('are usable again once the file is mended', async () => {
    const keys = keysOfFile(file);
    const good = await keys();
    await writeFile(file, '{"current":');
    await expect(keys()).rejects.toThrow(/is not JSON; restore it from a backup/);

    await writeFile(file, JSON.stringify({ current: good.current, keys: good.byId }));

    expect(await keys()).toEqual(good);
  });

  it('are not rotated to a key that is there', async () => {
    const { current } = await keysOfFile(file)();

    await expect(rotateKeyFile(file, current)).rejects.toThrow(`There is a key "${current}" already`);
  });
});
