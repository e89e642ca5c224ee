import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotificationClass } from '../../src/contract/notification.ts';
import { openStore } from '../../src/store/open.ts';
import { openCli } from './support/mandate-cli.ts';
import type { Cli } from './support/mandate-cli.ts';

const TIME = '2026-03-01T09:00:00.000Z';
const CALL = {
  subject: 'effect_unknown/1',
  name: 'notify ops',
  number: 1,
  elapsedMs: 12,
  time: new Date().toISOString(),
};

let cli: Cli;
beforeAll(async () => {
  cli = await openCli();
  const store = await openStore({ file: join(cli.folder, 'mandate.db') });
  await store.migrate();
  await store.routes.change({ route: 'effect_unknown', channels: ['log', 'ops'], by: 'draft-1', time: TIME }, () => []);
  await store.calls.record({ ...CALL, id: 'a', outcome: 'failed', error: 'Channel ops answered 503.' });
  await store.calls.record({
    ...CALL,
    id: 'b',
    outcome: 'ok',
    error: null,
    subject: 'draft-2',
    name: 'witness webhook',
  });
  await store.close();
});
afterAll(async () => cli.remove());

describe('mandate routes', () => {
  it('lists every class with its channels, the version and who made it', async () => {
    const routes = await cli.json<{ route: string }[]>(['routes']);

    expect(routes.map(({ route }) => route)).toEqual(NotificationClass.options);
    expect(routes).toContainEqual({
      route: 'effect_unknown',
      version: 1,
      channels: ['log', 'ops'],
      changedAt: TIME,
      changedBy: 'draft-1',
    });
    expect(routes).toContainEqual({ route: 'breaker_opened', version: 0, channels: ['log'] });
  });

  it('tells people too, and remarks on channels that are not configured here', async () => {
    const { stdout, stderr } = await cli.run(['routes']);
    const configured = await cli.run(['routes'], { env: { MANDATE_NOTIFY_WEBHOOKS: 'ops https://example.org/' } });

    expect(stdout).toMatch(/^effect_unknown +log, ops +1 +.*2026.* draft-1$/m);
    expect(stdout).toMatch(/^breaker_opened +log +default$/m);
    expect(stderr).toContain('Not configured in this shell: ops.');
    expect(configured.stderr).toBe('');
  });
});

describe('mandate calls', () => {
  it('lists the attempts of all subjects, or of one', async () => {
    const all = await cli.json<object[]>(['calls']);
    const one = await cli.json<object[]>(['calls', '--subject', 'effect_unknown/1']);

    expect(all).toHaveLength(2);
    expect(one).toEqual([{ ...CALL, id: 'a', outcome: 'failed', error: 'Channel ops answered 503.' }]);
  });

  it('tells people too, also when there is nothing', async () => {
    const { stdout } = await cli.run(['calls']);
    const none = await cli.run(['calls', '--subject', 'nobody']);

    expect(stdout).toMatch(/notify ops +effect_unknown\/1 +1 +failed +12 ms +Channel ops answered 503\.$/m);
    expect(none).toMatchObject({ exitCode: 0, stdout: 'No call about nobody in thirty days.' });
  });

  it('refuses a limit that is none', async () => {
    expect(await cli.run(['calls', '--limit', 'all'])).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
