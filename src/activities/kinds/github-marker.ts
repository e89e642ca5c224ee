// Source: the longest id that a dispatch takes.
const MAX_ID = 100;

/** By which a comment is found again: invisible where the comment is shown, and at the end of what the API tells. */
export function marker(draftId: string): string {
  return `<!-- mandate:draft:${draftId} -->`;
}

export function withMarker(body: string, draftId: string): string {
  return `${body}\n\n${marker(draftId)}`;
}

/** How much longer a body gets by its marker, at most. */
export const MAX_MARKER = withMarker('', 'x'.repeat(MAX_ID)).length;

/** Whether a body holds the beginning of a marker, which nobody but the executor may write. */
export function holdsMarker(body: string): boolean {
  return /<!--\s*mandate:draft:/i.test(body);
}
