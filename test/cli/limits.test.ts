import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Limits } from '../../src/contract/limits.ts';
import { migrate } from '../../src/store/schema.ts';
import { openLimiters } from '../support/limiters.ts';
import { openCli } from './support/mandate-cli.ts';
import type { Cli } from './support/mandate-cli.ts';

let cli: Cli;
beforeEach(async () => {
  cli = await openCli();
  const { database, ask, settle } = await openLimiters(
    { file: join(cli.folder, 'mandate.db') },
    { limits: Limits.parse({ hourlyCap: 3, breaker: { threshold: 1 } }) },
  );
  await migrate(database);
  // Tests of limits count from a time long past; here it is now that matters.
  const atMs = Date.now() - Date.parse('2026-03-01T09:00:00.000Z');
  await ask({ tool: 'webhook', lease: 'a', atMs });
  await settle({ lease: 'a', outcome: 'failure', atMs });
  await database.close();
  await writeFile(
    join(cli.folder, 'mandate.yaml'),
    'hardening:\n  alerts: [log]\n  hourlyCap: 3\n  breaker: { threshold: 1 }\n',
  );
});
afterEach(() => cli.remove());

describe('mandate limits', () => {
  it('shows how each layer stands', async () => {
    const env = configured();
    const [shown, chosen, people] = await Promise.all([
      cli.json<Shown>(['limits', 'show'], env),
      cli.json<Shown>(['limits', '--tool', 'webhook'], env),
      cli.run(['limits'], { env }),
    ]);

    expect(chosen).toEqual({
      configured: true,
      layers: [
        { scope: 'all', layer: 'cooldown', tool: 'webhook', state: 'waiting', retryInSeconds: expect.any(Number) },
        { scope: 'all', layer: 'hourly_cap', tool: null, state: 'ready', retryInSeconds: 0, used: 1, of: 3 },
        {
          scope: 'all',
          layer: 'breaker',
          tool: 'webhook',
          state: 'open',
          retryInSeconds: expect.any(Number),
          consecutiveFailures: 1,
        },
        { scope: 'all', layer: 'thermal', tool: null, state: 'ready', retryInSeconds: 0, used: 1, of: 10 },
      ],
    });
    expect(shown.layers.filter(({ tool }) => tool === 'ledger_done').map(({ state }) => state)).toEqual([
      'ready',
      'closed',
    ]);
    expect(people.stdout).toMatch(/^all +breaker +webhook +open +(\d min( \d+ s)?|\d+ s) +failures: 1$/m);
    expect(people.stdout).toMatch(/^all +hourly_cap +all +ready +1 of 3 calls$/m);
    expect(people.stderr).toBe('');
  });

  it('says so where no limits are configured, and shows pauses all the same', async () => {
    await cli.run(['limits', 'pause', '--as', 'ada', '--reason', 'wrong campaign']);
    const people = await cli.run(['limits']);
    const shown = await cli.json<Shown>(['limits']);

    expect(people.stdout).toMatch(/^all +pause +all +paused +until resumed +by ada .* ago: wrong campaign$/m);
    expect(people.stderr).toContain('No limits are configured here');
    expect(shown.configured).toBe(false);
    expect(shown.layers.map(({ layer, state }) => [layer, state])).toEqual([
      ['pause', 'paused'],
      ['cooldown', 'off'],
      ['hourly_cap', 'off'],
      ['breaker', 'off'],
      ['thermal', 'off'],
    ]);
  });

  it('pauses and resumes exactly what was chosen', async () => {
    const pause = ['limits', 'pause', '--tool', 'webhook', '--reason', 'it is down'];
    const first = await cli.json([...pause, '--as', 'ada']);
    const second = await cli.json([...pause, '--as', 'gus']);
    const general = await cli.json(['limits', 'resume', '--as', 'ada']);
    const agents = await cli.json(['limits', 'resume', '--tool', 'webhook', '--agent', 'packer']);
    const resumed = await cli.run(['limits', 'resume', '--tool', 'webhook', '--as', 'gus']);

    const standing = { by: 'ada', reason: 'it is down', since: expect.any(String) };
    expect(first).toEqual({ outcome: 'paused', tool: 'webhook', agent: null, ...standing });
    expect(second).toEqual({ outcome: 'already_paused', tool: 'webhook', agent: null, ...standing });
    expect(general).toEqual({ outcome: 'not_paused', tool: null, agent: null });
    expect(agents).toEqual({ outcome: 'not_paused', tool: 'webhook', agent: 'packer' });
    expect(resumed.stdout).toMatch(/^The calls of webhook go on; they had been paused by ada since .*: it is down\.$/);
    expect(resumed.exitCode).toBe(0);
  });

  it('resets a tool, or everything but pauses', async () => {
    const env = configured();
    const tool = await cli.json(['limits', 'reset', '--tool', 'webhook'], env);
    const afterTool = await cli.json<Shown>(['limits', '--tool', 'webhook'], env);
    const all = await cli.run(['limits', 'reset'], { env });
    const afterAll = await cli.json<Shown>(['limits', '--tool', 'webhook'], env);

    expect(tool).toEqual({ outcome: 'reset', tool: 'webhook', agent: null });
    expect(afterTool.layers.map(({ state, used }) => [state, used])).toEqual([
      ['ready', undefined],
      ['ready', 1],
      ['closed', undefined],
      ['ready', 1],
    ]);
    expect(all.stdout).toBe('The limits of all calls are reset.');
    expect(afterAll.layers.map(({ used }) => used)).toEqual([undefined, 0, undefined, 0]);
  });

  it('records what operators did, and only what changed something', async () => {
    await cli.run(['limits', 'pause', '--tool', 'webhook', '--agent', 'packer', '--as', 'ada', '--reason', 'why not']);
    await cli.run(['limits', 'pause', '--tool', 'webhook', '--agent', 'packer', '--as', 'gus']);
    await cli.run(['limits', 'resume', '--tool', 'webhook', '--agent', 'packer', '--as', 'gus']);
    await cli.run(['limits', 'resume', '--as', 'gus']);
    await cli.run(['limits', 'reset', '--as', 'ada']);

    const { stdout } = await cli.run(['ledger', 'export', '--run', 'limits']);
    const entries = stdout.split('\n').map((line) => JSON.parse(line) as Entry);

    expect(entries.map(({ type, agent, body }) => ({ type, agent, body }))).toEqual([
      { type: 'limits.paused', agent: 'packer', body: { by: 'ada', reason: 'why not', tool: 'webhook' } },
      { type: 'limits.resumed', agent: 'packer', body: { by: 'gus', reason: 'no reason given', tool: 'webhook' } },
      { type: 'limits.reset', agent: null, body: { by: 'ada', reason: 'no reason given' } },
    ]);
  });

  it('refuses a tool that no kind has, and lists the kinds', async () => {
    const { exitCode, stderr, stdout } = await cli.run(['limits', 'pause', '--tool', 'webhok', '--json']);

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({
      error: { type: 'Usage', field: 'tool', given: 'webhok', allowed: expect.arrayContaining(['webhook']) },
    });
  });

  it('does not start on a configuration that is wrong', async () => {
    await writeFile(join(cli.folder, 'mandate.yaml'), 'hardening:\n  hourlyCap: 3\n');

    const { exitCode, stderr } = await cli.run(['limits'], { env: configured() });

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/mandate\.yaml:1:1: hardening\.alerts: is missing; must name one channel at least/);
  });
});

interface Shown {
  readonly configured: boolean;
  readonly layers: readonly {
    readonly layer: string;
    readonly tool: string | null;
    readonly state: string;
    readonly used?: number;
  }[];
}

interface Entry {
  readonly type: string;
  readonly agent: string | null;
  readonly body: object;
}

function configured(): Record<string, string> {
  return { MANDATE_CONFIG: join(cli.folder, 'mandate.yaml') };
}
