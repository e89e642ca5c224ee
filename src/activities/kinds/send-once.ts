import { Client } from 'undici';

export interface Sending {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

// Far above the longest page of a provider; a longer answer is cut off rather than kept in memory.
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * One HTTP request, on a connection of its own, and its answer. Unlike `fetch` it never sends anything a second time (fetch
 * does, after a 421) and follows no redirect, which could lead to another host. An answer that breaks off after its head
 * counts as one without a body, since its status has been said; whatever goes wrong before that is thrown.
 */
export async function sendOnce(url: string, { method, headers, body, signal }: Sending): Promise<Response> {
  const { origin, pathname, search } = new URL(url);
  const client = new Client(origin, { maxResponseSize: MAX_ANSWER_BYTES });
  try {
    const answer = await client.request({
      path: `${pathname}${search}`,
      method,
      headers: { ...headers },
      ...(body === undefined ? {} : { body }),
      signal,
    });
    const text = await answer.body.text().catch(() => '');
    const { statusCode: status } = answer;
    return new Response(WITHOUT_BODY.has(status) ? null : text, { status, headers: readable(answer.headers) });
  } finally {
    await client.destroy();
  }
}

/** The headers that can be told; a provider may send bytes that `Headers` refuses. */
function readable(headers: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const read = new Headers();
  for (const [name, values] of Object.entries(headers)) {
    for (const value of [values ?? []].flat()) if (/^[\t\u0020-\u00ff]*$/.test(value)) read.append(name, value);
  }
  return read;
}
