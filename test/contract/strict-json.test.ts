import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalize } from '../../src/contract/canonical.ts';
import { InvalidJson, parseStrictJson } from '../../src/contract/strict-json.ts';

test('any JSON text that a serialiser writes is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), fc.nat(4), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);

      expect(canonicalize(parseStrictJson(text))).toBe(canonicalize(JSON.parse(text)));
    }),
  );
});

test('whatever is accepted of a damaged text, JSON.parse accepts as the same value', () => {
  const damage = fc.constantFrom(
    '',
    ' ',
    '"',
    '\\',
    '\\u',
    ',',
    ':',
    '{',
    '}',
    '[',
    ']',
    '0',
    '-',
    '.',
    'e',
    'tru',
    '\n',
    '\ufeff',
  );
  const damaged = fc
    .tuple(fc.json(), fc.nat(), fc.nat(3), damage)
    .map(
      ([text, at, cut, put]) =>
        text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + cut),
    );

  fc.assert(
    fc.property(damaged, (text) => {
      const value = read(text);

      expect(value === REFUSED || canonicalize(value) === canonicalize(JSON.parse(text))).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test('members with the names of inherited properties are own data', () => {
  const value = parseStrictJson('{"__proto__":{"admin":true},"constructor":1}') as object;

  expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect('admin' in value).toBe(false);
});

test.each([
  ['{"a": 1,\n "b": 2,\n "a": 3}', 3, 2, 'duplicate member name "a"'],
  ['{"a":1,"\\u0061":2}', 1, 8, 'duplicate member name "a"'],
  ['[1,\r\n2,\r3,\n "\\ud83d"]', 4, 2, 'a lone surrogate'],
  ['[1e999]', 1, 2, 'a number too large'],
  ['[1, 2', 1, 6, 'the text ends where "," or "]" was expected'],
  ['{"a" 1}', 1, 6, '"1" where ":" was expected'],
  ['{a: 1}', 1, 2, '"a" where a member name in double quotes was expected'],
  ['[1,]', 1, 4, '"]" where a value was expected'],
  ['[nul]', 1, 2, '"n" where a value was expected'],
  ['01', 1, 2, '"1" after the end of the value'],
  ['"a\tb"', 1, 3, 'a raw control character in text; expected it escaped, as \\t'],
  ['"a\\x"', 1, 3, 'an unknown escape'],
  ['["abc', 1, 2, 'text that does not end'],
  ['\ufeff{}', 1, 1, 'where a value was expected'],
  ['', 1, 1, 'the text ends where a value was expected'],
])('%j is refused with line, column and what was expected', (text, line, column, fault) => {
  const error = errorOf(text);

  expect(error).toMatchObject({ line, column });
  expect(error.message).toContain(`line ${line}, column ${column}: `);
  expect(error.message).toContain(fault);
});

test('nesting is bounded, so that no text exhausts the stack', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

  expect(() => parseStrictJson(nested(1000))).not.toThrow();
  expect(() => parseStrictJson(nested(1001))).toThrow('line 1, column 1001: nested deeper than 1000 levels');
  expect(() => parseStrictJson('{"a":'.repeat(1_000_000))).toThrow('nested deeper than 1000 levels');
});

const REFUSED = Symbol('refused');

function read(text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch (error) {
    if (error instanceof InvalidJson) return REFUSED;
    throw error;
  }
}

function errorOf(text: string): InvalidJson {
  try {
    parseStrictJson(text);
  } catch (error) {
    if (error instanceof InvalidJson) return error;
    throw error;
  }
  throw new Error(`expected ${JSON.stringify(text)} to be refused`);
}
