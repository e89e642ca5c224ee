import { describe, expect, it } from 'vitest';
import { median, percentile } from '../../bench/statistics.ts';

describe('percentile', () => {
  it.each([
    { share: 0, value: 10 },
    { share: 0.5, value: 20 },
    { share: 0.75, value: 30 },
    { share: 0.95, value: 40 },
    { share: 1, value: 40 },
  ])('is $value of 10, 20, 30 and 40 for the share $share, in whatever order they come', ({ share, value }) => {
    expect(percentile([30, 10, 40, 20], share)).toBe(value);
  });

  it('refuses to speak of no values', () => {
    expect(() => percentile([], 0.5)).toThrow('no values');
  });
});

describe('median', () => {
  it.each([
    { values: [7], middle: 7 },
    { values: [9, 1, 5], middle: 5 },
    { values: [4, 1, 10, 2], middle: 3 },
  ])('of $values is $middle', ({ values, middle }) => {
    expect(median(values)).toBe(middle);
  });
});
