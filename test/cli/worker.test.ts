import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openCli } from './support/mandate-cli.ts';
import type { Cli } from './support/mandate-cli.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await openCli({
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: 'cli-worker',
    MANDATE_DRAFT_KEYS: `test:${'ab'.repeat(32)}`,
  });
});
afterAll(async () => cli.remove());

describe('a deployment', () => {
  it('is migrated, works in the namespace that it is given, and ends politely', async () => {
    const migrated = await cli.json(['migrate']);
    const untrusted = cli.start(['worker', '--roles', 'worker']);
    await untrusted.sees(/^Decisions count when they are proven, .* \(MANDATE_TRUST_NAMESPACE=no\)/m);
    untrusted.child.kill('SIGTERM');
    await untrusted.ended();
    const worker = cli.start(['worker', '--roles', 'worker,executor'], { MANDATE_TRUST_NAMESPACE: 'yes' });
    await worker.sees(/^Decisions are believed to come from whoever they name: the namespace is trusted/m);
    await worker.sees(/Working as worker, executor in namespace cli-worker/);
    const run = await cli.run(['run', cli.file('gate.yaml'), '--as', 'gus'], { input: 'approve\n' });
    worker.child.kill('SIGTERM');

    expect(migrated).toMatchObject({
      migrations: expect.arrayContaining([expect.any(String)]),
      namespace: 'cli-worker',
    });
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.stderr).not.toMatch(/Decisions here are believed/);
    expect(await worker.ended()).toMatchObject({ exitCode: 0 });
  });

  it.each([[['inbox']], [['runs']], [['show', 'x']], [['migrate']], [['worker']]])(
    'is told by %j when it has no such namespace',
    async (args) => {
      await cli.json(['migrate']);
      const { exitCode, stderr } = await cli.run(args, { env: { TEMPORAL_NAMESPACE: 'nope' } });

      expect({ exitCode, stderr }).toEqual({
        exitCode: 2,
        stderr:
          'mandate: The Temporal server has no namespace "nope", which TEMPORAL_NAMESPACE names; correct that, or make the ' +
          'namespace with: temporal operator namespace create --namespace NAME, then: mandate migrate',
      });
    },
  );

  it('is told with the profile that names a namespace, also by doctor', async () => {
    const file = join(cli.folder, 'temporal.toml');
    await writeFile(file, `[profile.home]\naddress = "${inject('temporalAddress')}"\nnamespace = "nope"\n`);
    const other = await openCli({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'home' });

    const { stderr } = await other.run(['inbox', '--json']);
    const { stdout } = await other.run(['doctor']);
    await other.remove();

    const why =
      'The Temporal server has no namespace "nope", which the profile "home" names (TEMPORAL_PROFILE); correct that';
    expect(JSON.parse(stderr)).toMatchObject({
      error: { type: 'BadConfiguration', message: expect.stringContaining(why) },
    });
    expect(stdout.split('\n').find((line) => /^fail +namespace /.test(line))).toContain(why);
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
