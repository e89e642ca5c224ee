import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BadConfiguration, dropCredentials, readConfig } from '../src/config.ts';
import { incomingMail, outgoingMail } from '../src/mail-settings.ts';

const SECRET = Buffer.alloc(32, 1).toString('base64');
const OUT = {
  MANDATE_SMTP_URL: 'smtp://mail.example',
  MANDATE_MAIL_FROM: 'approvals@mandate.example',
  MANDATE_MAIL_SECRET: SECRET,
};
const IN = {
  MANDATE_IMAP_URL: 'imaps://us%40er:p%3Aw@mail.example/INBOX',
  MANDATE_MAIL_AUTHSERV_ID: 'mx.example.org',
  MANDATE_MAIL_SECRET: SECRET,
};

const settings = (env: Record<string, string>) => readConfig({ MANDATE_DATA: '/tmp', ...env }).mail;

describe('the settings of mail', () => {
  it('are none by default, also where compose hands over nothing', () => {
    for (const env of [
      {},
      Object.fromEntries(
        [...Object.keys(OUT), ...Object.keys(IN), 'MANDATE_MAIL_LISTEN', 'MANDATE_MAIL_LINKS'].map((name) => [
          name,
          '',
        ]),
      ),
    ]) {
      expect([outgoingMail(settings(env)), incomingMail(settings(env))]).toEqual([undefined, undefined]);
    }
    expect([
      outgoingMail(settings({ MANDATE_MAIL_SECRET: SECRET })),
      incomingMail(settings({ MANDATE_MAIL_SECRET: SECRET })),
    ]).toEqual([undefined, undefined]);
  });

  it('are read whole', () => {
    expect(outgoingMail(settings({ ...OUT, MANDATE_MAIL_LINKS: 'https://mandate.example/p' }))).toEqual({
      smtpUrl: 'smtp://mail.example',
      from: 'approvals@mandate.example',
      secret: SECRET,
      links: 'https://mandate.example/p/',
    });
    expect(incomingMail(settings({ ...IN, MANDATE_MAIL_LISTEN: '[::1]:8025' }))).toEqual({
      secret: SECRET,
      mailbox: { url: IN.MANDATE_IMAP_URL, authservId: 'mx.example.org' },
      listen: { host: '::1', port: 8025 },
    });
    expect(readConfig({ MANDATE_DATA: '/tmp', ...OUT }).notifications.mail).toBe('mail.example');
  });

  it.each<[string, Record<string, string>]>([
    ['MANDATE_SMTP_URL, MANDATE_MAIL_SECRET missing', { MANDATE_MAIL_FROM: 'a@b.example' }],
    [
      'MANDATE_SMTP_URL, MANDATE_MAIL_FROM missing',
      { MANDATE_MAIL_LINKS: 'https://a.example', MANDATE_MAIL_SECRET: SECRET },
    ],
    ['MANDATE_MAIL_AUTHSERV_ID missing', { MANDATE_IMAP_URL: IN.MANDATE_IMAP_URL, MANDATE_MAIL_SECRET: SECRET }],
    ['MANDATE_IMAP_URL missing', { MANDATE_MAIL_AUTHSERV_ID: 'mx', MANDATE_MAIL_SECRET: SECRET }],
    ['MANDATE_MAIL_SECRET missing', { MANDATE_MAIL_LISTEN: '127.0.0.1:1' }],
  ])('are refused by halves, naming what is missing: %s', (message, env) => {
    const both = (): unknown => [outgoingMail(settings(env)), incomingMail(settings(env))];

    expect(both).toThrow(BadConfiguration);
    expect(both).toThrow(message);
  });

  it.each([
    ['MANDATE_SMTP_URL', 'https://user:hunter2@mail.example'],
    ['MANDATE_MAIL_SECRET', 'hunter2'],
    ['MANDATE_MAIL_LINKS', 'https://mandate.example/?hunter2'],
    ['MANDATE_IMAP_URL', 'hunter2'],
  ])('are refused without being repeated where they may hold a secret: %s', (name, value) => {
    expect(() => settings({ [name]: value })).toThrow(new RegExp(`^(?!.*hunter2).*${name} must`));
  });

  it('take secrets from files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mandate-mail-'));
    const file = join(folder, 'secret');
    await writeFile(file, `${SECRET}\n`);

    const { MANDATE_MAIL_SECRET: _secret, ...rest } = OUT;
    expect(outgoingMail(settings({ ...rest, MANDATE_MAIL_SECRET_FILE: file }))?.secret).toBe(SECRET);
    await rm(folder, { recursive: true });
  });
});

describe('who reads mail', () => {
  it('keeps the mailbox and the secret, and drops every other credential', () => {
    const env: Record<string, string | undefined> = {
      ...OUT,
      ...IN,
      DATABASE_URL_FILE: '/run/secrets/database',
      MANDATE_DRAFT_KEYS: 'a:bb',
      MANDATE_NOTIFY_SECRET: 'x',
      MANDATE_GITHUB_TOKEN: 'x',
    };

    const dropped = dropCredentials(env, ['mail']);

    expect(dropped.toSorted()).toEqual([
      'DATABASE_URL_FILE',
      'MANDATE_DRAFT_KEYS',
      'MANDATE_GITHUB_TOKEN',
      'MANDATE_NOTIFY_SECRET',
      'MANDATE_SMTP_URL',
    ]);
    expect(incomingMail(settings(env as Record<string, string>))).toBeDefined();
  });

  it.each<[string, string[]]>([
    ['worker', ['MANDATE_IMAP_URL']],
    ['executor', ['MANDATE_IMAP_URL', 'MANDATE_MAIL_SECRET', 'MANDATE_SMTP_URL']],
    ['agents', ['MANDATE_IMAP_URL', 'MANDATE_MAIL_SECRET', 'MANDATE_SMTP_URL']],
  ])('is another than the role %s, which does not hold the mailbox', (role, expected) => {
    const env: Record<string, string | undefined> = { ...OUT, ...IN };

    expect(dropCredentials(env, [role]).toSorted()).toEqual(expected);
    // What is left is no half of anything.
    expect(incomingMail(settings(env as Record<string, string>))).toBeUndefined();
  });
});
