// Source: GitHub asks for "at least one minute" when a limit names no time of its own.
const UNTOLD_HOLD_SECONDS = 60;
// A day: a header that names more is a fault of the provider's, not a wait.
const MAX_HOLD_SECONDS = 86_400;

interface Limited {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly said: string;
}

/** How long a provider asked to be left alone; undefined when it did not. Fails towards waiting. */
export function holdSeconds({ status, header, said }: Limited, now: number): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const retryAfter = readSeconds(header('retry-after'), now);
  if (retryAfter !== undefined) return retryAfter;
  if (header('x-ratelimit-remaining') === '0') {
    const reset = readInstant(header('x-ratelimit-reset'));
    if (reset !== undefined) return within((reset - now) / 1_000);
  }
  return status === 429 || /secondary rate limit|abuse detection/i.test(said) ? UNTOLD_HOLD_SECONDS : undefined;
}

/** Seconds, or a date, as RFC 9110 writes `Retry-After`. */
function readSeconds(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return within(Number(text));
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : within((date - now) / 1_000);
}

/** Seconds since 1970 (GitHub) or an ISO 8601 date (Mastodon). */
function readInstant(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const instant = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}

function within(seconds: number): number {
  return Math.min(Math.max(Math.ceil(seconds), 1), MAX_HOLD_SECONDS);
}
