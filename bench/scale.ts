import Table from 'cli-table3';

/** One figure measured with few things at once, and with many. */
export interface Scaled {
  readonly name: string;
  readonly unit: string;
  readonly few: number;
  readonly many: number;
}

export function growthOf({ few, many }: Scaled): number {
  return many / few;
}

/** The figures under each other, with how much each grows. */
export function formatScaled(figures: readonly Scaled[], few: number, many: number): string {
  const table = new Table({
    head: ['figure', `${few} open`, `${many} open`, 'ratio'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const figure of figures) {
    const { name, unit } = figure;
    table.push([
      `${name} (${unit})`,
      figure.few.toFixed(1),
      figure.many.toFixed(1),
      `${growthOf(figure).toFixed(2)} x`,
    ]);
  }
  return table.toString();
}
