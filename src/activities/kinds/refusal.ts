// Others leave it open: 408, 409 and 5xx may come from something in between, after the receiver has acted.
const REFUSALS = new Set([400, 401, 403, 404, 405, 406, 410, 411, 413, 414, 415, 421, 422, 426, 428, 429, 431, 451]);

/** Whether an HTTP status says that the receiver certainly did nothing. */
export function isRefusal(status: number): boolean {
  return REFUSALS.has(status);
}
