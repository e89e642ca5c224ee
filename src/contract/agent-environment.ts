// Names under which Mandate itself is given its keys, its database and its Temporal credentials.
const KEPT = /^(MANDATE_|TEMPORAL_|DATABASE_URL|PG)/i;

/** What is said of a variable that no agent can be given. */
export const KEPT_NAMES =
  'names beginning with MANDATE_, TEMPORAL_, DATABASE_URL or PG are kept for Mandate itself; pass the value under another name';

/** Whether no agent can be given the environment variable of this name. */
export function isKeptName(name: string): boolean {
  return KEPT.test(name);
}
