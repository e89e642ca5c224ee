import type { Asked } from '../contract/approval.ts';

type Person = { readonly id: string; readonly groups?: readonly string[] };

// The server ends a workflow that goes beyond these, or fails its tasks without end, so they are kept here. Sources: its
// settings limit.searchAttributesSizeOfValue and limit.userMetadataSummarySize, which count the bytes of the JSON.
const MAX_SEARCH_ATTRIBUTE = 2_048;
const MAX_SUMMARY = 400;

/** Stands last where not all could be listed: whether others are asked too, only the request itself knows. */
export const AND_MORE = '*';

/** How a group stands among those who are asked. */
export function listedGroup(group: string): string {
  return `group:${group}`;
}

/** Whom a request asks, as a search attribute takes it: people by id, then groups; what is too much is cut. */
export function listedApprovers(asked: readonly (Asked[number] | Person)[]): string[] {
  const people = asked.flatMap((each) => ('group' in each ? [] : [each.id]));
  const groups = asked.flatMap((each) => ('group' in each ? [each.group] : (each.groups ?? [])));
  const listed: string[] = [];
  for (const name of new Set([...people, ...groups.map(listedGroup)])) {
    if (sizeOf([...listed, name, AND_MORE]) > MAX_SEARCH_ATTRIBUTE) return [...listed, AND_MORE];
    listed.push(name);
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
