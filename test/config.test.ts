import { describe, expect, it } from 'vitest';
import { BadConfiguration, readConfig } from '../src/config.ts';

const HTTP = 'must be an http:// or https:// address';

function faultOf(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof BadConfiguration) return error.message;
    throw error;
  }
  throw new Error('It was taken.');
}

describe('a setting that cannot be used', () => {
  it.each<[string, string, string]>([
    ['MANDATE_TRUST_NAMESPACE', 'maybe', ' must be yes or no, given "maybe"'],
    ['MANDATE_MAX_CACHED_WORKFLOWS', 'many', ' must be a number, given "many"'],
    [
      'MANDATE_PRIVATE_ADDRESSES',
      '10.0.0.0/8,10/99',
      ' (entry 2) must be networks like 10.1.0.0/16 or fd00::/8, separated by commas, given "10/99"',
    ],
    ['MANDATE_GITHUB_REPOS', 'a/b,x', ' (entry 2) must be owner/name or owner/*, given "x"'],
    ['MANDATE_MAIL_LISTEN', 'x'.repeat(90), ` must be HOST:PORT, as 127.0.0.1:8025, given "${'x'.repeat(60)}..."`],
    ['MANDATE_MAIL_LISTEN', 'x:99999', ' must have a port up to 65535, given "x:99999"'],
    ['MANDATE_MAIL_FROM', 'A <a@b.c>', ' must be an e-mail address like ana@example.org, given "A <a@b.c>"'],
    ['MANDATE_MAIL_AUTHSERV_ID', 'mx; y', ' must be the name of a server, given "mx; y"'],
    ['MANDATE_GITHUB_URL', 'ftp://x/y', ` ${HTTP}, given "ftp://x..."`],
    ['MANDATE_WEBHOOK_URLS', 'https://example.org, ftp://x', ` (entry 2) ${HTTP}, given "ftp://x"`],
    ['MANDATE_NOTIFY_WEBHOOKS', 'ops ftp://x', ` (entry 1, part 2) ${HTTP}, given "ftp://x"`],
    ['MANDATE_NOTIFY_WEBHOOKS', 'ops', ' (entry 1) must be a name and an address, with a space between'],
    ['MANDATE_NOTIFY_WEBHOOKS', 'a http://x,a http://y', ' names a channel twice'],
    [
      'MANDATE_NOTIFY_SECRET',
      'x',
      ' must be whsec_ and at least 24 bytes in base64; make one with: echo whsec_$(openssl rand -base64 32)',
    ],
  ])('is told with what was given: %s=%s', (name, value, fault) => {
    expect(faultOf({ [name]: value })).toBe(`The environment cannot be used: ${name}${fault}.`);
  });

  it('is told with all others', () => {
    expect(faultOf({ MANDATE_TRUST_NAMESPACE: 'no!', MANDATE_GITHUB_REPOS: 'x' })).toMatch(
      /REPOS .*, given "x"; MANDATE_TRUST_NAMESPACE/,
    );
  });

  it.each([
    ['DATABASE_URL', 'mysql://me:hush@x'],
    ['MANDATE_DRAFT_KEYS', 'hush'],
    ['MANDATE_WEBHOOK_SECRET', 'hush'],
    ['MANDATE_NOTIFY_SECRET', 'hush'],
    ['MANDATE_NPM_REGISTRIES', 'a ftp://x hush'],
    ['MANDATE_GITHUB_TOKEN', 'hush hush'],
    ['MANDATE_SOCIAL_ACCOUNTS', 'mastodon a ftp://x/hush hush hush'],
    ['MANDATE_TOKEN', 'mdt_hush'],
    ['MANDATE_SMTP_URL', 'http://me:hush@x'],
    ['MANDATE_IMAP_URL', 'http://me:hush@x'],
    ['MANDATE_MAIL_SECRET', 'hush'],
    ['MANDATE_GITHUB_URL', 'https://me:hush@x'],
    ['MANDATE_GITHUB_URL', 'ftp://me:hu/hush@x'],
    ['MANDATE_MAIL_LINKS', 'https://x/?hush'],
    ['MANDATE_MAIL_LINKS', 'me:hush@x'],
    ['MANDATE_WEBHOOK_URLS', 'https://x/?a=1,hush'],
    ['MANDATE_WEBHOOK_URLS', 'ftp://x/services/hush'],
    ['MANDATE_NOTIFY_WEBHOOKS', 'https://x/hush'],
    ['MANDATE_NOTIFY_WEBHOOKS', 'ops ftp://me@x/hush#hush'],
    ['MANDATE_NOTIFY_WEBHOOKS', 'ops x.example/hush'],
  ])('is told without what may be secret: %s=%s', (name, value) => {
    const fault = faultOf({ [name]: value });

    expect(fault).toContain(name);
    expect(fault).not.toContain('hush');
  });
});
