import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCli } from './support/mandate-cli.ts';
import type { Cli } from './support/mandate-cli.ts';

let cli: Cli;
let head: string;
let lines: string[];
beforeAll(async () => {
  cli = await openCli();
  for (const id of ['one', 'two']) {
    const ended = await cli.run(['run', cli.file('gate.yaml'), '--as', 'gus', '--run-id', id], { input: 'approve\n' });
    if (ended.exitCode !== 0) throw new Error(ended.stderr);
  }
  lines = (await cli.run(['ledger', 'export'])).stdout.split('\n');
  head = (JSON.parse(lines.at(-1) ?? '') as { hash: string }).hash;
});
afterAll(async () => cli.remove());

describe('mandate ledger', () => {
  it('verifies the database, one run of it, and an export', async () => {
    const [whole, run, exported] = await Promise.all([
      cli.json(['ledger', 'verify']),
      cli.json(['ledger', 'verify', '--run', 'one']),
      cli.run(['ledger', 'verify', '-', '--head', head], { input: lines.join('\n') }),
    ]);

    // Two runs, and what their executors recorded of themselves.
    expect(whole).toEqual({ ok: true, entries: lines.length, runs: 3, head });
    expect(run).toMatchObject({ ok: true, runs: 1 });
    expect(exported).toMatchObject({ exitCode: 0, stdout: `sound: ${lines.length} entries of 3 runs, head ${head}` });
  });

  it('notices that the end of an export was cut off, given the head that was noted', async () => {
    const file = join(cli.folder, 'cut.jsonl');
    await writeFile(file, `${lines.slice(0, -1).join('\n')}\n`);
    const { exitCode, stdout } = await cli.run(['ledger', 'verify', file, '--head', head]);

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^broken: .*the end is missing/);
  });

  it('knows the runs that it has', async () => {
    const { exitCode, stderr } = await cli.run(['ledger', 'export', '--run', 'three']);

    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: 'mandate: The ledger has no run "three"; see: mandate runs',
    });
  });

  it('names the first entry that was tampered with in the database', async () => {
    const tampered = JSON.parse(lines[4] ?? '') as { entryId: string };
    const database = new Database(join(cli.folder, 'mandate.db'));
    database.prepare(`update ledger set body = '{"forged":true}' where position = 5`).run();
    database.close();
    const human = await cli.run(['ledger', 'verify']);
    const json = await cli.run(['ledger', 'verify', '--json']);

    expect(human.exitCode).toBe(1);
    expect(human.stdout).toContain(`broken: entry ${tampered.entryId} at position 5: its content was changed`);
    expect(json.exitCode).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      entries: 4,
      broken: { position: 5, entryId: tampered.entryId },
    });
  });
});
