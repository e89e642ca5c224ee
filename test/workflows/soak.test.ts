import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('npm run soak', () => {
  it('finds every book balanced after some seconds of kills, resets, pauses and terminations', async () => {
    const options = ['--minutes', '0.4', '--dispatches', '12', '--seed', 'ci', '--json'];

    const soak = await execa(process.execPath, ['--import', 'tsx', 'soak/main.ts', ...options], {
      cwd: ROOT,
      reject: false,
      all: true,
    });

    // What it found is in both; a test that fails must show it.
    expect({ exitCode: soak.exitCode, said: soak.exitCode === 0 ? '' : soak.all }).toEqual({ exitCode: 0, said: '' });
    const report = JSON.parse(soak.stdout) as { dispatches: number; delivered: number; disturbances: object };
    expect(report).toMatchObject({ ok: true, doubleEffects: 0, lost: 0, ledger: { ok: true }, faults: [] });
    expect(report.dispatches).toBeGreaterThan(0);
    expect(Object.keys(report.disturbances)).toEqual(expect.arrayContaining(['executors killed']));
  }, 420_000);
});
