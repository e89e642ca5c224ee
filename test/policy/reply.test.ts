import { describe, expect, it } from 'vitest';
import { readReply } from '../../src/policy/reply.ts';

const html = (text: string) => readReply(text, 'text/html');

describe('an answer in HTML', () => {
  it.each([
    ['a head that is not closed', '<head><title>x</title><body><p>APPROVE</p>'],
    ['capital letters', '<P>APPROVE</P>'],
    ['attributes with brackets', '<p title="<p>REJECT</p>">APPROVE</p>'],
    ['a quotation within a quotation', '<blockquote>a<blockquote>b</blockquote>REJECT</blockquote>APPROVE'],
    ['a reference without its semicolon', '<div>APPROVE&nbsp</div>'],
    ['a style in the word', 'APP<style>x</style>ROVE'],
  ])('counts with %s', (_what, text) => {
    expect(html(text)).toEqual({ verdict: 'approve' });
  });

  it.each([
    ['a quotation that is not closed', '<blockquote>x<p>APPROVE</p>'],
    ['a template', '<template><p>APPROVE</p></template>'],
    ['a script that is not closed', '<script>APPROVE'],
    ['a line end written as a reference', '<p>APPROVE&#10;only if the tests pass</p>'],
    ['an end tag without its start', 'DIS</div>APPROVE'],
    ['text before', 'I do not <p>APPROVE</p>'],
    ['a zero-width space', '<p>APPROVE&#8203;</p>'],
  ])('is none with %s', (_what, text) => {
    expect(html(text)).toEqual({ verdict: null });
  });
});

describe('a long message', () => {
  it.each(['<', '&', '&#', '<p ', '<!--', '<blockquote>', '</p>', '<a b="', '\n', '> ', ' ', '\u00a0', 'APPROVE :'])(
    'takes no longer than its length asks for when it is very often %j',
    (piece) => {
      const long = piece.repeat(200_000 / piece.length);
      const started = process.cpuUsage();

      readReply(`approve${long}x`);
      readReply(long);
      html(`approve${long}x`);

      // Of the processor, which a machine may give to others for a while.
      expect(process.cpuUsage(started).user).toBeLessThan(4_000_000);
    },
  );
});
