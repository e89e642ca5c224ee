import { describe, expect, it } from 'vitest';
import { isAuthenticated, judgeSender } from '../../src/policy/sender.ts';
import { senderAddress } from '../../src/policy/sender-address.ts';

const results = (...values: string[]) => ({ from: 'ana@example.org', authenticationResults: values });
const trusted = (value: string) => isAuthenticated(results(value), 'mx.example.org');

describe('the sender of a message', () => {
  it.each([
    ['eve@attacker.example <ana@example.org>', 'an address as a name that is not quoted'],
    ['<ana@example.org> eve@attacker.example', 'another address behind it'],
    ['Team: ana@example.org;', 'a group'],
    ['ana@example.org (a comment that does not end', 'a comment that does not end'],
    ['"Ana <ana@example.org>', 'a quotation that does not end'],
    ['<ana@example.org', 'a bracket that does not end'],
    ['"ana"@example.org', 'a quoted local part'],
    ['Ana ana@example.org', 'a name without brackets'],
    ['ana@example.org@attacker.example', 'two at signs'],
    ['<@relay.example:ana@example.org>', 'a route'],
    ['<ana@example.org>,', 'a list'],
    ['', 'nothing'],
  ])('is nobody in %s: %s', (from) => {
    expect(senderAddress(from)).toBeUndefined();
  });

  it.each([
    'ana@example.org',
    ' <ana@example.org>\r\n ',
    '=?utf-8?q?An=C3=A1?= <ana@example.org>',
    '"Example, Ana (\\"eve@attacker.example\\")" <ana@example.org> (on the road)',
    'Ana Example\r\n (the (real) one) < ana@example.org >',
  ])('is the one address of %j', (from) => {
    expect(senderAddress(from)).toBe('ana@example.org');
  });

  it('is not taken for somebody whose address only looks the same', () => {
    const sent = {
      messageId: '<a@b>',
      token: 't',
      approvers: ['mike@example.org'],
      trustedAuthservId: 'mx.example.org',
    };

    const judged = judgeSender({ from: 'mi\u212ae@example.org', inReplyTo: '<a@b>', token: 't' }, sent);

    expect(judged).toBe('not_an_approver');
  });
});

describe('the results of the receiving server', () => {
  it.each([
    'mx.example.org; dkim / 1 = pass header . d = example.org',
    '"mx.example.org"; dkim=pass header.d="example.org"',
    'mx.example.org (a (nested) one); spf=pass smtp.mailfrom="ana;x"@example.org',
    'mx.example.org; spf=pass smtp.mailfrom=example.org',
    'mx.example.org; dkim=pass header.b=AbC/dE+= header.s=k1 header.d=example.org',
    'mx.example.org; dkim=pass\r\n\theader.i=ana@example.org;\r\n dmarc=fail',
    'mx.example.org; dkim=pass reason="dkim=fail; x" header.d=example.org;',
    'mx.example.org; dkim=fail ("body hash did not verify") header.d=a.example; dkim=pass header.d=example.org',
    'mx.example.org; spf=pass (a: domain of ana@example.org designates 192.0.2.1) smtp.mailfrom=ana@example.org',
  ])('are a pass in %j', (value) => {
    expect(trusted(value)).toBe(true);
  });

  it.each([
    'mx.example.org; dkim=fail reason="x; dkim=pass header.d=example.org"',
    'mx.example.org; dkim="pass" header.d=example.org x',
    'mx.example.org; dkim=pass header.d=attacker.example header.d=example.org',
    'mx.example.org; dkim=pass header.i=@example.org header.d=attacker.example',
    'mx.example.org; spf=pass smtp.mailfrom="ana@example.org"@attacker.example',
    'mx.example.org; spf=pass smtp.mailfrom=attacker"@example.org"',
    'mx.example.org; dkim=pass header.d=',
    'mx.example.org dkim=pass header.d=example.org',
    'mx.example.org x; dkim=pass header.d=example.org',
    'mx.example.org; x-dkim=pass header.d=example.org',
    'mx.example.org; forged dkim=pass header.d=example.org',
    'mx.example.org; dkim=pass (header.d=example.org',
    'mx.example.org; dkim=pass "header.d=example.org',
    'mx.example.org; dkim=pass header.d=.org',
    'mx.example.org; spf=pass (domain of "x); dkim=pass header.d=example.org; spf=pass (y"@attacker.example) smtp.mailfrom=a@attacker.example',
    'mx.example.org; spf=pass (domain of "x\\"); dkim=pass header.d=example.org; spf=pass (\\"y"@attacker.example)',
    'mx.example.org; spf=pass (domain of "x"); dkim=pass header.d=example.org; spf=pass ("y"@attacker.example)',
    'mx.example.org; spf=fail (domain of x); dkim=pass header.d=example.org; y@attacker.example) smtp.mailfrom=x',
    'mx.example.org; dkim=pass header.d=example.org; spf=fail (an end that does not come',
    'mx.example.org; dkim=pass header.d=example.org; spf=fail smtp.mailfrom="an end that does not come',
    '(one "x) mx.example.org; dkim=pass header.d=example.org',
    'dkim=pass header.d=example.org',
    '',
  ])('are none in %j', (value) => {
    expect(trusted(value)).toBe(false);
  });

  it('are not looked for below one of ours that says nothing', () => {
    const values = results('mx.example.org and more; none', 'mx.example.org; dkim=pass header.d=example.org');

    expect(isAuthenticated(values, 'mx.example.org')).toBe(false);
  });

  it('are not looked for below one of ours that may be read in more than one way', () => {
    const values = results('("a" b) mx.example.org; none', 'mx.example.org; dkim=pass header.d=example.org');

    expect(isAuthenticated(values, 'mx.example.org')).toBe(false);
  });

  it.each(['(', '"', '<', 'a=b ', 'a. .b', ';', '=', '\\', '(a) '])(
    'take no longer than their length asks for when they are very often %j',
    (piece) => {
      const long = piece.repeat(200_000 / piece.length);
      const started = process.cpuUsage();

      trusted(`mx.example.org; dkim=pass ${long}`);
      senderAddress(`${long} <ana@example.org>`);
      judgeSender({ from: long, inReplyTo: long, references: long }, { ...SENT, token: 'x' });

      // Of the processor, which a machine may give to others for a while.
      expect(process.cpuUsage(started).user).toBeLessThan(4_000_000);
    },
  );
});

const SENT = { messageId: '<a@b>', token: 't', approvers: [], trustedAuthservId: 'mx.example.org' };
