import { describe, expect, it } from 'vitest';
import { printable } from '../../../src/activities/agents/printable.ts';

describe('printable text', () => {
  it('has no character that steers a terminal or reorders what it shows', () => {
    expect(printable('a\u001b[2J\r\n\u0000\u202e\u2028\ud800 ü 語', 200)).toBe(
      'a\\u{1b}[2J\\u{d}\\u{a}\\u{0}\\u{202e}\\u{2028}\\u{d800} ü 語',
    );
  });

  it('is cut at its length, escapes included', () => {
    expect(printable('abcdef', 6)).toBe('abcdef');
    expect(printable('abcdefg', 6)).toBe('abc...');
    expect(printable('\0'.repeat(1_000), 10)).toHaveLength(10);
  });
});
