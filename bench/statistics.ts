/** The smallest value that at least `share` (0 to 1) of the values do not exceed. Throws when there are no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return at(sorted, Math.max(Math.ceil(share * sorted.length), 1) - 1);
}

/** The middle value; of an even number, the mean of the two in the middle. Throws when there are no values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const last = sorted.length - 1;
  return (at(sorted, Math.floor(last / 2)) + at(sorted, Math.ceil(last / 2))) / 2;
}

function at(sorted: readonly number[], index: number): number {
  const value = sorted[index];
  if (value === undefined) throw new Error('There is no statistic of no values; measure at least one.');
  return value;
}
