import { describe, expect, it } from 'vitest';
import { createChannels } from '../../../src/activities/channels/channels.ts';
import { readConfig } from '../../../src/config.ts';
import type { Config } from '../../../src/config.ts';
import { hardening } from '../../support/hardening.ts';

const SECRET = `whsec_${'a'.repeat(32)}`;

function settings(webhooks: string, secret?: string, env: Record<string, string> = {}): Config['notifications'] {
  return readConfig({
    MANDATE_DATA: '/tmp',
    ...env,
    MANDATE_NOTIFY_WEBHOOKS: webhooks,
    ...(secret === undefined ? {} : { MANDATE_NOTIFY_SECRET: secret }),
  }).notifications;
}

describe('the channels', () => {
  it('are the log, and the webhooks that the settings name', () => {
    const channels = createChannels(settings('ops https://example.org/ops, pager  http://example.org/p,', SECRET));

    expect([...channels.byName.keys()]).toEqual(['log', 'ops', 'pager']);
    expect(channels.defaults).toEqual(['log']);
  });

  it.each([
    ['an address alone', 'https://example.org/ops'],
    ['a name alone', 'ops'],
    ['three words', 'ops https://example.org/ops high'],
    ['an address that is none', 'ops example.org'],
    ['another protocol', 'ops ftp://example.org/'],
    ['a name that no channel can have', 'Ops! https://example.org/'],
    ['the name of the log', 'log https://example.org/'],
    ['a name twice', 'ops https://example.org/1,ops https://example.org/2'],
  ])('are refused when the setting has %s, without repeating its path', (_what, webhooks) => {
    expect(() => settings(webhooks, SECRET)).toThrow(/^(?!.*example\.org\/).*MANDATE_NOTIFY_WEBHOOKS/);
  });

  it('are refused at the start when they could not sign', () => {
    expect(() => createChannels(settings('ops https://example.org/ops'))).toThrow('there is no MANDATE_NOTIFY_SECRET');
  });

  it('are refused at the start when alerts go to one that is not there, or to none', async () => {
    const hardened = await hardening({ alerts: ['ops', 'pager'] });
    const there = settings('ops https://example.org/ops', SECRET, hardened.env);
    await hardened.remove();

    expect(there.defaults).toEqual(['ops', 'pager']);
    expect(() => createChannels(there)).toThrow(
      'Notifications go to pager, which is not configured; channels here: log, ops.',
    );
    expect(() => createChannels({ ...there, defaults: [] })).toThrow('name one at least of: log, ops');
  });

  it('are refused at the start when too few are independent for what is critical', () => {
    const one = settings('ops https://example.org/1,also https://example.org/2', SECRET);
    const two = settings('ops https://example.org/1,pager https://pager.example/', SECRET);
    const approvals = { notify: [], requireChannels: { P0: 2 } };

    expect(() => createChannels({ ...one, approvals })).toThrow('priority P0 have to go over 2 independent channels');
    expect(createChannels({ ...two, approvals }).ways).toEqual({ ops: 'example.org', pager: 'pager.example' });
  });
});
