import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareDataFolder } from '../../src/dev/data-folder.ts';

let home: string;
let folder: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'mandate-home-'));
  folder = join(home, 'a', 'data');
});
afterEach(() => rm(home, { recursive: true }));

const modeOf = async (...names: string[]): Promise<string> => ((await stat(join(...names))).mode & 0o777).toString(8);

async function prepare(at = folder): Promise<string[]> {
  const warnings: string[] = [];
  await prepareDataFolder(at, (line) => warnings.push(line));
  return warnings;
}

describe('a data folder', () => {
  it('is made for this user alone, with the folders above it, and left empty', async () => {
    const warnings = await prepare();

    expect(warnings).toEqual([]);
    expect([await modeOf(folder), await modeOf(home, 'a')]).toEqual(['700', '700']);
    expect(await readdir(folder)).toEqual([]);
  });

  it('that others can look into is closed, and so are the databases in it', async () => {
    await mkdir(folder, { recursive: true });
    for (const name of ['mandate.db', 'mandate.db-wal', 'temporal.db', 'dev.lock']) {
      await writeFile(join(folder, name), '');
      await chmod(join(folder, name), 0o644);
    }
    await chmod(folder, 0o755);

    const warnings = await prepare();

    expect(warnings).toEqual([]);
    expect(await modeOf(folder)).toBe('700');
    for (const name of await readdir(folder)) expect([name, await modeOf(folder, name)]).toEqual([name, '600']);
  });

  it('that holds something else too stays as it is, with a warning that says what to do', async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'thesis.txt'), '');
    await writeFile(join(folder, 'mandate.db'), '');
    await chmod(join(folder, 'thesis.txt'), 0o644);
    await chmod(join(folder, 'mandate.db'), 0o644);
    await chmod(folder, 0o755);

    const warnings = await prepare();

    expect(warnings).toEqual([
      `Others can look into the data folder ${folder} (mode 755): chmod 700 it, or set MANDATE_DATA to a folder of its own.`,
    ]);
    expect(await modeOf(folder)).toBe('755');
    expect([await modeOf(folder, 'thesis.txt'), await modeOf(folder, 'mandate.db')]).toEqual(['644', '600']);
  });

  it('leaves what a link in it leads to as it is', async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const elsewhere = join(home, 'elsewhere.db');
    await writeFile(elsewhere, '');
    await chmod(elsewhere, 0o644);
    await symlink(elsewhere, join(folder, 'mandate.db'));

    await prepare();

    expect(await modeOf(elsewhere)).toBe('644');
  });

  it.each([
    ['is a file', 'file', 'it is a file'],
    ['lies below a file', 'file/data', 'it is a file, or lies below one'],
  ])('is refused when it %s', async (_, at, why) => {
    await writeFile(join(home, 'file'), '');

    await expect(prepare(join(home, at))).rejects.toMatchObject({
      name: 'BadConfiguration',
      message: `The data folder ${join(home, at)} cannot be used: ${why}; set MANDATE_DATA to a folder that this user may write.`,
    });
  });

  it.skipIf(process.platform !== 'linux')('is refused where nothing can be made', async () => {
    await expect(prepare('/proc/x/y')).rejects.toThrow(/: nothing can be made there; set MANDATE_DATA/);
  });

  it.skipIf(process.getuid?.() === 0)('is refused when this user may not write it', async () => {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o500);

    await expect(prepare()).rejects.toThrow(/this user may not write there; set MANDATE_DATA/);
  });
});
