import { z } from 'zod';
import { withoutToken } from './provider-answer.ts';
import type { ProviderAnswer } from './provider-answer.ts';
import { sendOnce } from './send-once.ts';
import type { SocialAccount } from './social-accounts.ts';

/** Mastodon's REST API for one account: each call is one request, sent at most once. */
export interface Mastodon {
  readonly token: string;
  get(path: string, signal: AbortSignal): Promise<ProviderAnswer>;
  post(path: string, body: object, idempotencyKey: string, signal: AbortSignal): Promise<ProviderAnswer>;
}

const Fault = z.object({ error: z.string() });

export function openMastodon({ url, token }: SocialAccount): Mastodon {
  const common = { authorization: `Bearer ${token}`, accept: 'application/json', 'user-agent': 'mandate' };
  const read = async (response: Response): Promise<ProviderAnswer> => {
    const data = parse(await response.text());
    const fault = Fault.safeParse(data);
    return {
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      data,
      said: fault.success ? withoutToken(fault.data.error, token) : '',
    };
  };
  return {
    token,
    get: async (path, signal) => read(await sendOnce(`${url}${path}`, { method: 'GET', headers: common, signal })),
    post: async (path, body, idempotencyKey, signal) =>
      read(
        await sendOnce(`${url}${path}`, {
          method: 'POST',
          headers: { ...common, 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
          body: JSON.stringify(body),
          signal,
        }),
      ),
  };
}

/** The parser's own error would repeat what was sent. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
