import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openCli } from './support/mandate-cli.ts';
import type { Cli } from './support/mandate-cli.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await openCli({
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: `pool-${process.env['VITEST_POOL_ID'] ?? '1'}`,
    MANDATE_DRAFT_KEYS: `test:${'ab'.repeat(32)}`,
  });
});
afterAll(async () => cli.remove());

describe('a deployment', () => {
  it('is migrated, works in the namespace that it is given, and ends politely', async () => {
    const migrated = await cli.json(['migrate']);
    const untrusted = cli.start(['worker', '--roles', 'worker']);
    await untrusted.sees(/^Decisions count when they are proven, .* \(MANDATE_TRUST_NAMESPACE=no\)/m, 60_000);
    untrusted.child.kill('SIGTERM');
    await untrusted.ended();
    const worker = cli.start(['worker', '--roles', 'worker,executor'], { MANDATE_TRUST_NAMESPACE: 'yes' });
    await worker.sees(/^Decisions are believed to come from whoever they name: the namespace is trusted/m, 60_000);
    await worker.sees(/Working as worker, executor in namespace pool-/, 60_000);
    const run = await cli.run(['run', cli.file('gate.yaml'), '--as', 'gus'], { input: 'approve\n' });
    worker.child.kill('SIGTERM');

    expect(migrated).toMatchObject({
      migrations: expect.arrayContaining([expect.any(String)]),
      namespace: expect.stringMatching(/^pool-/),
    });
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.stderr).not.toMatch(/Decisions here are believed/);
    expect(await worker.ended()).toMatchObject({ exitCode: 0 });
  });

  it('is told when it does not answer', async () => {
    const { exitCode, stderr } = await cli.run(['runs'], { env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } });

    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr:
        'mandate: The Temporal server at 127.0.0.1:1 does not answer; check TEMPORAL_ADDRESS, or unset it to use one on this machine.',
    });
  });
});
