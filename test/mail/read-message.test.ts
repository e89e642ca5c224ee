import { describe, expect, it } from 'vitest';
import { hashOfToken } from '../../src/activities/mail/mail-secret.ts';
import { MailEvidence } from '../../src/contract/reply.ts';
import { readMessage } from '../../src/mail/read-message.ts';

const TOKEN = `mdt_${'a1'.repeat(16)}`;

const read = (lines: readonly string[], isWhole = true) =>
  readMessage(Buffer.from(lines.join('\r\n'), 'latin1'), isWhole);

const multipart = (kind: string, ...parts: string[][]): string[] => [
  'From: ana@example.org',
  `Content-Type: multipart/${kind}; boundary=x`,
  '',
  ...parts.flatMap((part) => ['--x', ...part]),
  '--x--',
];
const plain = (...text: string[]): string[] => ['Content-Type: text/plain', '', ...text];
const html = (...text: string[]): string[] => ['Content-Type: text/html', '', ...text];

describe('a message', () => {
  it('is read as far as it is evidence, with its headers as they are', async () => {
    const message = await read([
      'Return-Path: <ana@example.org>',
      'Authentication-Results: mx.example.org;',
      ' dkim=pass header.d=example.org',
      'From: "Ana, really" <ana@example.org>',
      'Authentication-Results: forged; spf=pass',
      'In-Reply-To: <a@b>',
      'References: <a@b>',
      '\t<c@d>',
      'Message-ID: <e@f>',
      'Precedence: list',
      'auto-submitted: no',
      '',
      'APPROVE: fine',
      `> Code: ${TOKEN}`,
    ]);

    expect(message).toEqual({
      from: '"Ana, really" <ana@example.org>',
      inReplyTo: '<a@b>',
      references: '<a@b>\r\n\t<c@d>',
      messageId: '<e@f>',
      autoSubmitted: 'no',
      precedence: 'list',
      returnPath: '<ana@example.org>',
      authenticationResults: ['mx.example.org;\r\n dkim=pass header.d=example.org', 'forged; spf=pass'],
      tokenHashes: [hashOfToken(TOKEN)],
      verdict: 'approve',
      reason: 'fine',
    });
  });

  it.each<[string, string[], object]>([
    [
      'the plain part before the HTML one',
      multipart('alternative', plain('REJECT: no'), html('<p>APPROVE</p>')),
      { verdict: 'reject' },
    ],
    [
      'HTML alone',
      multipart('alternative', html(`<p>APPROVE</p><blockquote>${TOKEN}</blockquote>`)),
      { verdict: 'approve', tokenHashes: [hashOfToken(TOKEN)] },
    ],
    [
      'no HTML where there is a plain part, although it is empty',
      multipart('alternative', plain(''), html('<p>APPROVE</p>')),
      { verdict: null },
    ],
    [
      'no attached text',
      multipart('mixed', html('<p>Hello</p>'), [
        'Content-Disposition: attachment; filename=a.txt',
        ...plain('APPROVE'),
      ]),
      { verdict: null },
    ],
    [
      'no message that was passed on',
      multipart('mixed', html(''), ['Content-Type: message/rfc822', '', ...plain('APPROVE')]),
      { verdict: null },
    ],
    [
      'no report of a mail server',
      multipart('report', ['Content-Type: message/delivery-status', '', 'APPROVE']),
      { verdict: null },
    ],
    [
      'quoted-printable',
      ['Content-Transfer-Encoding: quoted-printable', ...plain('REJE=', 'CT: a=3Db')],
      { verdict: 'reject', reason: 'a=b' },
    ],
    [
      'base64',
      ['Content-Transfer-Encoding: base64', ...plain(Buffer.from('APPROVE\n').toString('base64'))],
      { verdict: 'approve' },
    ],
    [
      'other characters',
      ['Content-Type: text/plain; charset=iso-8859-15', '', 'REJECT: 5 \u00a4'],
      { verdict: 'reject', reason: '5 \u20ac' },
    ],
    [
      'half a character as a mark for it',
      ['Content-Type: text/html', '', 'REJECT: a&#xD800;b&#0;c'],
      { verdict: 'reject', reason: 'a\ufffdb\ufffdc' },
    ],
    [
      'a character set that nobody knows',
      ['Content-Type: text/plain; charset=none-such', '', 'APPROVE'],
      { verdict: 'approve' },
    ],
    [
      'a part that never ends',
      ['Content-Type: multipart/mixed; boundary=x', '', '--x', ...plain('APPROVE')],
      { verdict: 'approve' },
    ],
    ['nothing', [''], { verdict: null, from: null, tokenHashes: [] }],
  ])('is read as it was meant: %s', async (_what, lines, expected) => {
    expect(await read(lines)).toMatchObject(expected);
  });

  it('that is too large is read no further than its headers', async () => {
    const message = await read(['From: ana@example.org', 'In-Reply-To: <a@b>', '', 'APPROVE', `> ${TOKEN}`], false);

    expect(message).toMatchObject({
      from: 'ana@example.org',
      inReplyTo: '<a@b>',
      verdict: null,
      unread: 'too_large',
      tokenHashes: [],
    });
  });

  it('with a header that may stand once, twice, has none that can be read', async () => {
    const message = await read(['From: ana@example.org', 'From: eve@attacker.example', '', 'APPROVE']);

    expect(message.from).toBe('');
  });

  it('with results that are too long loses what is behind, and gains nothing', async () => {
    const long = `mx.example.org; x=none (${'y'.repeat(7_940)}); dkim=pass header.d=example.org.attacker.example`;

    const { authenticationResults } = await read([`Authentication-Results: ${long}`, '', '']);

    expect(authenticationResults[0]).toMatch(/^mx\.example\.org; x=none \(y+\)$/);
  });

  it('of any kind gives evidence that a workflow takes', async () => {
    const message = await read([
      `From: ${'a'.repeat(50_000)}`,
      `References: ${'<a@b> '.repeat(10_000)}`,
      ...Array.from({ length: 60 }, () => `Authentication-Results: ${'z; '.repeat(10_000)}`),
      '',
      `REJECT: ${'\u00f6'.repeat(20_000)}`,
      ...Array.from({ length: 200 }, (_, index) => `mdt_${String(index).padStart(32, '0')}`),
    ]);

    const evidence = {
      via: 'mail',
      id: 'a'.repeat(64),
      authservId: 'mx',
      receivedAt: '2026-01-01T00:00:00.000Z',
      ...message,
    };
    expect(MailEvidence.safeParse(evidence).error).toBeUndefined();
    expect(JSON.stringify(evidence).length).toBeLessThan(1_500_000);
  });
});
