// A person has to read it whole, and the server takes no message of more than 2 MiB.
const MAX_BYTES = 256 * 1_024;

/** Why a request is too large to be put before people; undefined for one that is not. Needs no schema. */
export function tooLarge(request: unknown): string | undefined {
  const bytes = new TextEncoder().encode(JSON.stringify(request)).length;
  if (bytes <= MAX_BYTES) return undefined;
  return (
    `the request has ${bytes} bytes as JSON; at most ${MAX_BYTES} can be put before people: ` +
    'leave what is large where it is, and name it by its digest'
  );
}
