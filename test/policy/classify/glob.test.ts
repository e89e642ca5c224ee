import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchesPattern } from '../../../src/policy/classify/glob.ts';

it.each([
  ['*', '', true],
  ['*', 'abc', true],
  ['a*c', 'abbbc', true],
  ['a*c', 'ac', true],
  ['a*c', 'acb', false],
  ['?', '', false],
  ['a?c', 'abc', true],
  ['a[bx]c', 'abc', true],
  ['[', 'a', false],
  ['*b*', 'aab', true],
  ['', '', true],
  ['', 'a', false],
  ['abc', 'ab', false],
])('%j on %j is %j', (pattern, name, expected) => {
  expect(matchesPattern(pattern, name)).toBe(expected);
});

it('says what a regular expression says', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
  const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });

  fc.assert(
    fc.property(letters, name, (pattern, text) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);

      expect(matchesPattern(pattern, text)).toBe(expression.test(text));
    }),
  );
});
