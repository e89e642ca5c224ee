import { z } from 'zod';
import { holdSeconds } from './hold-seconds.ts';
import type { Acted } from './kind.ts';
import { certainlyNotSent } from './sent.ts';

/** What a provider's API answered to one request. */
export interface ProviderAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** The answer's JSON; no object and no list when it is none. */
  readonly data: unknown;
  /** The error that it tells, in its own words, without the credential that it was shown. */
  readonly said: string;
}

// Answers by which an API says that it did nothing. Others leave it open: 408, 409 and 5xx may come from something in
// between, after the provider has acted.
const CERTAINLY_REFUSED = new Set([
  400, 401, 403, 404, 405, 406, 410, 411, 413, 414, 415, 421, 422, 426, 428, 429, 431, 451,
]);

/** Sends the request of an effect. Failed when no byte of it can have left; whatever else goes wrong is thrown. */
export async function sendEffect<Answer>(
  what: string,
  send: () => Promise<Answer>,
): Promise<{ readonly answer: Answer } | { readonly failed: string }> {
  try {
    return { answer: await send() };
  } catch (error) {
    const code = certainlyNotSent(error);
    if (code === undefined) throw error;
    return { failed: `${what}: nothing was sent (${code}).` };
  }
}

/** What an answer means that is not the one of success: failed when it certainly did nothing, else it is thrown. */
export function judgeRefusal(what: string, answer: ProviderAnswer): Acted {
  const { status, said } = answer;
  if (status >= 300 && status < 400) {
    return { failed: `${what}: answered with a redirect (${status}), which is not followed. Was it renamed or moved?` };
  }
  const told = `${what}: answered ${status}${said === '' ? '' : `, ${said}`}`;
  if (!CERTAINLY_REFUSED.has(status)) throw new Error(`${told} (it may or may not have been done)`);
  const seconds = holdSeconds(answer, Date.now());
  return seconds === undefined ? { failed: told } : { failed: told, holdSeconds: seconds };
}

/** What a provider said, without the credential that it was shown and may have repeated. */
export function withoutToken(text: string, token: string): string {
  return text.replaceAll(token, '[removed]');
}

/** The address of what a provider made, when it is one that can be recorded and shown. */
export function readUrl(url: unknown, token: string): string | undefined {
  const read = z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .safeParse(url);
  return read.success && !read.data.includes(token) ? read.data : undefined;
}
