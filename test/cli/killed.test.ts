import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { openCli } from './support/mandate-cli.ts';
import type { Cli } from './support/mandate-cli.ts';

let receiver: Receiver;
let cli: Cli;
beforeAll(async () => {
  receiver = await startReceiver();
  cli = await openCli(receiver.env);
});
afterAll(async () => {
  await cli.remove();
  await receiver.close();
});

describe('mandate run, killed while its agent waits for a decision', () => {
  // The machine that the agent's turn was on has vanished: that takes its heartbeat timeout to show, and a second turn.
  it('is brought to its end by --resume, with the effect done once', { timeout: 300_000 }, async () => {
    const killed = cli.start([
      'run',
      cli.file('pipeline.yaml'),
      '-i',
      `url=${receiver.url}/ok`,
      '--as',
      'gus',
      '--run-id',
      'killed',
    ]);
    await killed.sees(/A decision is needed/);
    killed.child.kill('SIGKILL');
    await killed.ended();
    const resumed = await cli.run(['run', '--resume', '--as', 'gus', '--json'], { input: 'approve\n' });

    expect(resumed.exitCode).toBe(0);
    const report = JSON.parse(resumed.stdout.split('\n').at(-1) ?? '') as { effects: { draftId: string }[] };
    expect(report).toMatchObject({
      type: 'report',
      runId: 'killed',
      status: 'completed',
      effects: [{ result: 'executed' }],
    });
    expect(receiver.count(report.effects[0]?.draftId ?? '')).toBe(1);
    expect(await cli.json(['ledger', 'verify'])).toMatchObject({ ok: true });
  });
});
