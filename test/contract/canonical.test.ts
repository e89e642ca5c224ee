import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalize, digestOf, isCanonical, NotCanonical, sha256Hex } from '../../src/contract/canonical.ts';

const wellFormedJson = fc.jsonValue({ stringUnit: 'grapheme' });

test('the canonical text says the same value, and is its own canonical text', () => {
  fc.assert(
    fc.property(wellFormedJson, (value) => {
      const text = canonicalize(value);

      expect(canonicalize(JSON.parse(text))).toBe(text);
      expect(canonicalize(JSON.parse(JSON.stringify(value)))).toBe(text);
    }),
  );
});

test('the order of members does not matter, at any depth', () => {
  fc.assert(
    fc.property(wellFormedJson, (value) => {
      expect(canonicalize(reversed(value))).toBe(canonicalize(value));
    }),
  );
});

test.each([
  ['undefined', { a: undefined }, '["a"]: a value of type undefined'],
  ['a hole in a list', { a: Object.assign([1], { length: 2 }) }, '["a"][1]: a value of type undefined'],
  ['a function named toJSON', { toJSON: () => 1 }, '["toJSON"]: a value of type function'],
  ['a big integer', [10n], '[0]: a value of type bigint'],
  ['a symbol', Symbol('x'), 'the value: a value of type symbol'],
  ['NaN', [Number.NaN], '[0]: the number NaN'],
  ['Infinity', Infinity, 'the value: the number Infinity'],
  ['a date', { at: new Date(0) }, '["at"]: an instance of a class ([object Date])'],
  ['a map', new Map(), 'the value: an instance of a class ([object Map])'],
  ['a lone surrogate in text', ['\ud83d'], '[0]: text with a lone surrogate'],
  ['a lone surrogate in a name', { '\ude00': 1 }, 'the value: text with a lone surrogate'],
])('%s has no canonical form, and the error says where', (_name, value, message) => {
  expect(() => canonicalize(value)).toThrow(NotCanonical);
  expect(() => canonicalize(value)).toThrow(message);
  expect(isCanonical(value)).toBe(false);
});

test('a cycle and endless nesting are refused without exhausting the stack', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);

  expect(() => canonicalize(cycle)).toThrow('nested deeper than 1000 levels');
});

test('a digest is over the UTF-8 bytes of the canonical text', () => {
  const bytes = new TextEncoder().encode('{"a":"\u00e9","b":1}');

  expect(digestOf({ b: 1, a: '\u00e9' })).toBe(`sha256:${sha256Hex(bytes)}`);
  expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, part]) => [name, reversed(part)] as const);
  return Object.fromEntries(members.reverse());
}
