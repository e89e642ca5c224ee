/** The tables of a page: each heading to the rows of cells below it, heads left out. */
export function tablesOf(markdown: string): Map<string, string[][]> {
  const tables = new Map<string, string[][]>();
  let heading = '';
  for (const line of markdown.split('\n')) {
    if (line.startsWith('#')) heading = line.replace(/^#+ /, '');
    if (!line.startsWith('|') || line.startsWith('| -')) continue;
    const cells = line.split(/(?<!\\)\|/).slice(1, -1);
    tables.set(heading, [...(tables.get(heading) ?? []), cells.map((cell) => cell.trim())]);
  }
  // The first row of each is its head.
  return new Map([...tables].map(([title, rows]) => [title, rows.slice(1)]));
}

/** The first cells of a table, without code marks. */
export function firstCells(rows: readonly string[][] | undefined): string[] {
  return (rows ?? []).map(([name = '']) => name.replaceAll('`', ''));
}
