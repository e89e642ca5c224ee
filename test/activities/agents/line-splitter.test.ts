import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineSplitter } from '../../../src/activities/agents/line-splitter.ts';

describe('the line splitter', () => {
  it('numbers the lines, takes LF and CR LF, and gives the last line without its end', () => {
    expect(split(['a\r\n', '\nb', 'c'])).toEqual([
      [1, 'a', false],
      [2, '', false],
      [3, 'bc', false],
    ]);
  });

  it('reports a line as soon as it is too long, keeps its beginning, and drops the rest', () => {
    const splitter = createLineSplitter(10, 4);

    const first = [...splitter.push(Buffer.from('01234567890'))];
    const later = [...splitter.push(Buffer.from('and so on\nshort\n'))];

    expect(first.map(show)).toEqual([[1, '0123', true]]);
    expect(later.map(show)).toEqual([[2, 'short', false]]);
  });

  it('takes a line of exactly the longest length', () => {
    expect(split(['0123456789\n01234567890\n'])).toEqual([
      [1, '0123456789', false],
      [2, '0123', true],
    ]);
  });

  it('finds the same lines however the bytes are cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', '\n', '\r'), maxLength: 30 })), (chunks) => {
        expect(split(chunks)).toEqual(split([chunks.join('')]));
      }),
    );
  });
});

function split(chunks: readonly string[]): unknown[] {
  const splitter = createLineSplitter(10, 4);
  const lines = chunks.flatMap((chunk) => [...splitter.push(Buffer.from(chunk))]);
  return [...lines, ...splitter.end()].map(show);
}

function show(line: { number: number; bytes: Buffer; tooLong: boolean }): unknown[] {
  return [line.number, line.bytes.toString(), line.tooLong];
}
