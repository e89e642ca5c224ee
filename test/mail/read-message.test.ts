import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashOfToken } from '../../src/activities/mail/mail-secret.ts';
import { canonicalize } from '../../src/contract/canonical.ts';
import { MailEvidence } from '../../src/contract/reply.ts';
import { takeable } from '../../src/mail/evidence.ts';
import type { MailContent } from '../../src/mail/evidence.ts';
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

    const evidence = evidenceOf(message);
    expect(MailEvidence.safeParse(evidence).error).toBeUndefined();
    expect(JSON.stringify(evidence).length).toBeLessThan(1_500_000);
  });

  it('however hostile, gives evidence that can be signed, and that a workflow takes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(HEADER, { minLength: 1, maxLength: 4 }), BODY, async (headers, body) => {
        const evidence = evidenceOf(await readMessage(Buffer.concat([...headers, body]), true));

        expect(MailEvidence.safeParse(evidence).error).toBeUndefined();
        // What one payload of a workflow may have.
        expect(Buffer.byteLength(canonicalize(evidence))).toBeLessThan(2_000_000);
        expect(takeable(evidence)).toBe(evidence);
      }),
      { numRuns: 150, examples: [[[bytes(`References: ${'\u{1f600}'.repeat(5_000)}x\r\n`)], bytes('')]] },
    );
  });

  it.each<[string, Partial<MailContent>]>([
    ['half a character', { references: 'a\ud83d' }],
    ['half a character in a list', { authenticationResults: ['a\ude00'] }],
    ['a header that is too long', { from: 'a'.repeat(20_001) }],
    ['a reason that is too long', { verdict: 'reject', reason: 'a'.repeat(10_001) }],
    ['too many codes', { tokenHashes: Array.from({ length: 51 }, () => 'a'.repeat(64)) }],
  ])('of which something was read that is no evidence is one that cannot be read: %s', async (_what, bad) => {
    const message = await read(['From: ana@example.org', '', 'APPROVE: fine', `> ${TOKEN}`]);

    const evidence = takeable(evidenceOf({ ...message, ...bad }));

    expect(evidence).toMatchObject({ ...AROUND, from: null, tokenHashes: [], verdict: null, unread: 'broken' });
    expect(evidence).not.toHaveProperty('reason');
    expect(MailEvidence.safeParse(evidence).error).toBeUndefined();
  });
});

const AROUND = {
  via: 'mail',
  id: 'a'.repeat(64),
  authservId: 'mx',
  receivedAt: '2026-01-01T00:00:00.000Z',
} as const;

function evidenceOf(message: MailContent): MailEvidence {
  return { ...AROUND, ...message };
}

const bytes = (text: string): Buffer => Buffer.from(text);

/** A piece so often that it is longer than anything may be, with what makes every cut fall somewhere else. */
const LONG = fc
  .record({
    before: fc.constantFrom('', 'x', 'xy', 'xyz', '<', ';'),
    piece: fc.constantFrom(
      ...[
        '\u{1f600}',
        '\r\n \u{1f600}',
        '\u{1f600}<',
        '\u{1f600};',
        'x\u0301',
        '\0',
        '\x01',
        '=?utf-8?Q?=F0=9F?= ',
      ].map(bytes),
      // Half a surrogate pair, and half a character, as bytes.
      Buffer.from('eda0bd', 'hex'),
      Buffer.from('f09f98', 'hex'),
      Buffer.from('ff', 'hex'),
    ),
    characters: fc.constantFrom(1, 7_999, 8_000, 8_001, 10_000, 10_001, 30_000),
    after: fc.constantFrom('', 'x', 'xy', '>', ' <a@b>'),
  })
  .map(({ before, piece, characters, after }) => {
    const times = Math.ceil(characters / piece.toString().length);
    return Buffer.concat([bytes(before), ...Array.from({ length: times }, () => piece), bytes(after)]);
  });

const HEADER = fc
  .tuple(
    fc.constantFrom(
      'From',
      'In-Reply-To',
      'References',
      'Message-ID',
      'Auto-Submitted',
      'Precedence',
      'Return-Path',
      'Authentication-Results',
      'Content-Type',
      'Subject',
    ),
    LONG,
    fc.integer({ min: 1, max: 25 }),
  )
  .map(([name, value, times]) => {
    const isRepeated = name === 'References' || name === 'Authentication-Results';
    const header = Buffer.concat([bytes(`${name}: `), value, bytes('\r\n')]);
    return Buffer.concat(Array.from({ length: isRepeated ? times : 1 }, () => header));
  });

const BODY = fc
  .tuple(
    fc.constantFrom(
      '\r\nREJECT: ',
      'Content-Type: text/html\r\n\r\nREJECT: &#xD83D;&#0;&#x110000;',
      'Content-Type: text/plain; charset=utf-16\r\n\r\n',
      'Content-Transfer-Encoding: base64\r\n\r\n',
      'Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nREJECT: ',
      '',
    ),
    LONG,
  )
  .map(([before, text]) => Buffer.concat([bytes(before), text]));
