/**
 * Makes one write of the items that came in while the write before was under way: under load most of the time of a
 * write is the commit, and a group shares it. `write` answers one result for each item, in order; where it fails, it
 * fails for the whole group.
 */
export function groupCommits<Item, Result>(
  write: (items: readonly Item[]) => Promise<readonly Result[]>,
): (items: readonly Item[]) => Promise<Result[]> {
  let group: Item[] = [];
  let nextWrite: Promise<readonly Result[]> | undefined;
  let lastWrite: Promise<unknown> = Promise.resolve();

  const writeGroup = (): Promise<readonly Result[]> => {
    const items = group;
    group = [];
    nextWrite = undefined;
    return write(items);
  };

  return async (items) => {
    const start = group.length;
    group.push(...items);
    nextWrite ??= lastWrite = lastWrite.then(writeGroup, writeGroup);
    const results = await nextWrite;
    return results.slice(start, start + items.length);
  };
}
