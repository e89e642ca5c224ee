import { randomBytes } from 'node:crypto';
import { startFakeApi } from './fake-api.ts';
import type { ApiAnswer, ApiRequest, FakeApi } from './fake-api.ts';

export interface MastodonStatus {
  readonly id: string;
  readonly text: string;
  readonly application: string;
  readonly createdAt: string;
}

/**
 * An instance of Mastodon with one account, `project`: statuses that are deduplicated by Idempotency-Key, what the account
 * has posted (in pages), the source of a status, who a token is, and limits.
 */
export interface FakeMastodon extends FakeApi {
  /** Of the application `Mandate`, with the scopes read and write. */
  readonly token: string;
  /** May write, but not read. */
  readonly writeToken: string;
  readonly env: Record<string, string>;
  readonly statuses: readonly MastodonStatus[];
  /** The account's person posts, through the web pages unless an application is named. */
  post(text: string, more?: { readonly application?: string; readonly at?: string }): void;
  /** All requests are refused until then, as an ISO 8601 date. */
  exhaust(until: string): void;
  relax(): void;
}

const MAX_CHARACTERS = 500;

export async function startFakeMastodon(): Promise<FakeMastodon> {
  const token = randomBytes(32).toString('base64url');
  const writeToken = randomBytes(32).toString('base64url');
  const statuses: MastodonStatus[] = [];
  const byKey = new Map<string, MastodonStatus>();
  let ids = 103_254_962_155_278_000n;
  let exhaustedUntil: string | undefined;

  const add = (text: string, application: string, createdAt = new Date().toISOString()): MastodonStatus => {
    const status = { id: String((ids += 1n)), text: text.trim(), application, createdAt };
    statuses.push(status);
    return status;
  };
  const api = await startFakeApi((request) => {
    const answer = handle(request);
    const limits = {
      'x-ratelimit-limit': '300',
      'x-ratelimit-remaining': exhaustedUntil === undefined ? '299' : '0',
      'x-ratelimit-reset': exhaustedUntil ?? new Date(Date.now() + 300_000).toISOString(),
    };
    return { ...answer, headers: { ...limits, ...answer.headers } };
  });

  function handle({ method, url, headers, body }: ApiRequest): ApiAnswer {
    if (exhaustedUntil !== undefined) return fault(429, 'Too many requests');
    const [scheme, given] = (headers.authorization ?? '').split(' ');
    if (scheme !== 'Bearer' || (given !== token && given !== writeToken))
      return fault(401, 'The access token is invalid');
    const path = url.pathname;
    if (method === 'POST' && path === '/api/v1/statuses') return create(body, headers['idempotency-key']);
    if (path === '/api/v1/apps/verify_credentials') return { status: 200, body: { name: 'Mandate', website: null } };
    if (given === writeToken) return fault(403, 'This action is outside the authorized scopes');
    if (path === '/api/v1/accounts/verify_credentials') return { status: 200, body: { id: '14715', acct: 'project' } };
    if (path === '/api/v1/accounts/14715/statuses') return list(url);
    const source = /^\/api\/v1\/statuses\/(\d+)\/source$/.exec(path)?.[1];
    const status = statuses.find(({ id }) => id === source);
    if (status === undefined) return fault(404, 'Record not found');
    return { status: 200, body: { id: status.id, text: status.text, spoiler_text: '' } };
  }

  function create(body: string, key: string | string[] | undefined): ApiAnswer {
    const known = typeof key === 'string' ? byKey.get(key) : undefined;
    if (known !== undefined) return { status: 200, body: show(known) };
    const { status: text } = JSON.parse(body) as { readonly status?: unknown };
    if (typeof text !== 'string' || text.trim() === '') return fault(422, "Validation failed: Text can't be blank");
    if (Array.from(text).length > MAX_CHARACTERS) {
      return fault(422, `Validation failed: Text character limit of ${MAX_CHARACTERS} exceeded`);
    }
    const made = add(text, 'Mandate');
    if (typeof key === 'string') byKey.set(key, made);
    return { status: 200, body: show(made) };
  }

  function list(url: URL): ApiAnswer {
    const limit = Math.min(Number(url.searchParams.get('limit') ?? 20), 40);
    const below = BigInt(url.searchParams.get('max_id') ?? 2n ** 63n);
    const older = [...statuses].reverse().filter(({ id }) => BigInt(id) < below);
    const page = older.slice(0, limit);
    const next = `<${api.url}${url.pathname}?limit=${limit}&max_id=${page.at(-1)?.id}>; rel="next"`;
    return { status: 200, headers: page.length < limit ? {} : { link: next }, body: page.map(show) };
  }

  const show = ({ id, text, application, createdAt }: MastodonStatus) => ({
    id,
    created_at: createdAt,
    visibility: 'public',
    uri: `${api.url}/users/project/statuses/${id}`,
    url: `${api.url}/@project/${id}`,
    content: `<p>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('\n', '<br />')}</p>`,
    application: { name: application, website: null },
    account: { id: '14715', acct: 'project' },
  });

  return {
    ...api,
    token,
    writeToken,
    env: { MANDATE_SOCIAL_ACCOUNTS: `mastodon project ${api.url} ${token}` },
    statuses,
    post: (text, { application = 'Web', at } = {}) => void add(text, application, at),
    exhaust: (until) => void (exhaustedUntil = until),
    relax: () => void (exhaustedUntil = undefined),
  };
}

function fault(status: number, error: string): ApiAnswer {
  return { status, body: { error } };
}
