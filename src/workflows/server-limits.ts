// The server ends a workflow that goes beyond these, or fails its tasks without end, so they are kept here. Sources: its
// settings limit.searchAttributesSizeOfValue and limit.userMetadataSummarySize, which count the bytes of the JSON.
const MAX_SEARCH_ATTRIBUTE = 2_048;
const MAX_SUMMARY = 400;

/** The first ids, as many as a search attribute takes. */
export function listable(ids: readonly string[]): string[] {
  const listed: string[] = [];
  for (const id of ids) {
    if (sizeOf([...listed, id]) > MAX_SEARCH_ATTRIBUTE) break;
    listed.push(id);
  }
  return listed;
}

/** The beginning of a text, as much as Temporal's own UI takes. */
export function summary(text: string): string {
  let cut = '';
  for (const character of text) {
    if (sizeOf(cut + character) > MAX_SUMMARY) break;
    cut += character;
  }
  return cut;
}

function sizeOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
