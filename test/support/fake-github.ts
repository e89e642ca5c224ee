import { randomBytes } from 'node:crypto';
import { startFakeApi } from './fake-api.ts';
import type { ApiAnswer, ApiRequest, FakeApi } from './fake-api.ts';

export interface GitHubComment {
  readonly id: number;
  readonly body: string;
  readonly user: string;
  readonly updatedAt: string;
}

/**
 * GitHub's comments on issues, with what goes with them in its REST API: tokens of users and of apps (which may not ask who
 * they are), pages by `Link`, limits, repositories that moved. Behind /api/v3, as on a GitHub Enterprise Server.
 * There are `octo/site` and, moved there from `octo/old`, issues 1 (open), 2 (locked) and 3 (where issues are disabled).
 */
export interface FakeGitHub extends FakeApi {
  /** Of the user `mandate-bot`. */
  readonly token: string;
  readonly appToken: string;
  readonly env: Record<string, string>;
  comments(issue: number): readonly GitHubComment[];
  comment(issue: number, user: string, body: string): void;
  /** The primary limit is used up until then, in seconds since 1970. */
  exhaust(until: number): void;
  /** Requests are refused by a secondary limit from now on. */
  slowDown(retryAfter?: string): void;
  /** All limits are as at the beginning. */
  relax(): void;
}

const USERS = ['mandate-bot', 'stranger', 'mandate-app[bot]'];
const MAX_BODY = 65_536;
const DOCS = 'https://docs.github.com/rest';

export async function startFakeGitHub(): Promise<FakeGitHub> {
  const token = `ghp_${randomBytes(18).toString('hex')}`;
  const appToken = `ghs_${randomBytes(18).toString('hex')}`;
  const issues = new Map<number, GitHubComment[]>([1, 2, 3].map((issue) => [issue, []]));
  let ids = 1_000;
  let exhaustedUntil: number | undefined;
  let secondary: { readonly retryAfter: string | undefined } | undefined;

  const add = (issue: number, user: string, body: string): GitHubComment => {
    const comment = { id: (ids += 1), body, user, updatedAt: new Date().toISOString() };
    issues.get(issue)?.push(comment);
    return comment;
  };
  const api = await startFakeApi((request) => {
    const answer = handle(request);
    const limits = {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': exhaustedUntil === undefined ? '4999' : '0',
      'x-ratelimit-reset': String(exhaustedUntil ?? Math.floor(Date.now() / 1_000) + 3_600),
    };
    return { ...answer, headers: { ...limits, ...answer.headers } };
  });

  function handle(request: ApiRequest): ApiAnswer {
    const path = request.url.pathname.replace(/^\/api\/v3/, '');
    if (request.headers['user-agent'] === undefined) return fault(403, 'Request forbidden by administrative rules.');
    const user = userOf(request.headers.authorization);
    if (user === undefined) return fault(401, 'Bad credentials');
    if (exhaustedUntil !== undefined) return fault(403, `API rate limit exceeded for user ID ${idOf(user)}.`);
    if (secondary !== undefined) {
      const { retryAfter } = secondary;
      const refused = fault(
        403,
        'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
      );
      return retryAfter === undefined ? refused : { ...refused, headers: { 'retry-after': retryAfter } };
    }
    if (path === '/user') {
      if (user.endsWith('[bot]')) return fault(403, 'Resource not accessible by integration');
      return { status: 200, body: { login: user, id: idOf(user), type: 'User' } };
    }
    const [, repo, number] = /^\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)\/comments$/.exec(path) ?? [];
    if (repo?.toLowerCase() === 'octo/old') {
      const location = `${api.url}${request.url.pathname.replace('/old/', '/site/')}`;
      return { ...fault(request.method === 'GET' ? 301 : 307, 'Moved Permanently'), headers: { location } };
    }
    const issue = issues.get(Number(number));
    if (repo?.toLowerCase() !== 'octo/site' || issue === undefined) return fault(404, 'Not Found');
    return request.method === 'POST' ? create(Number(number), user, request.body) : list(issue, request.url);
  }

  function create(issue: number, user: string, text: string): ApiAnswer {
    if (issue === 2) return fault(403, 'Unable to create comment because issue is locked.');
    if (issue === 3) return fault(410, 'Issues are disabled for this repo');
    const { body } = JSON.parse(text) as { readonly body?: unknown };
    if (typeof body !== 'string' || body.trim() === '') return invalid("Body can't be blank");
    if (Array.from(body).length > MAX_BODY) return invalid(`Body is too long (maximum is ${MAX_BODY} characters)`);
    const comment = add(issue, user, body);
    const shown = show(issue, comment);
    return { status: 201, headers: { location: shown.url }, body: shown };
  }

  function list(issue: readonly GitHubComment[], url: URL): ApiAnswer {
    const perPage = Math.min(Number(url.searchParams.get('per_page') ?? 30), 100);
    const page = Number(url.searchParams.get('page') ?? 1);
    const since = url.searchParams.get('since') ?? '';
    const listed = issue.filter(({ updatedAt }) => updatedAt >= since);
    const last = Math.max(Math.ceil(listed.length / perPage), 1);
    const to = (number: number, rel: string): string => {
      const there = new URL(`${api.url}${url.pathname}${url.search}`);
      there.searchParams.set('page', String(number));
      return `<${there.href}>; rel="${rel}"`;
    };
    const links = [
      ...(page > 1 ? [to(page - 1, 'prev'), to(1, 'first')] : []),
      ...(page < last ? [to(page + 1, 'next'), to(last, 'last')] : []),
    ];
    const number = [...issues].find(([, comments]) => comments === issue)?.[0] ?? 0;
    return {
      status: 200,
      headers: links.length === 0 ? {} : { link: links.join(', ') },
      body: listed.slice((page - 1) * perPage, page * perPage).map((comment) => show(number, comment)),
    };
  }

  const userOf = (authorization = ''): string | undefined => {
    const given = authorization.replace(/^(token|bearer) /i, '');
    return { [token]: 'mandate-bot', [appToken]: 'mandate-app[bot]' }[given];
  };
  const show = (issue: number, { id, body, user, updatedAt }: GitHubComment) => ({
    id,
    url: `${api.url}/api/v3/repos/octo/site/issues/comments/${id}`,
    html_url: `${api.url}/octo/site/issues/${issue}#issuecomment-${id}`,
    body,
    user: { login: user, id: idOf(user) },
    created_at: updatedAt,
    updated_at: updatedAt,
  });

  return {
    ...api,
    url: `${api.url}/api/v3`,
    token,
    appToken,
    env: {
      MANDATE_GITHUB_URL: `${api.url}/api/v3/`,
      MANDATE_GITHUB_TOKEN: token,
      MANDATE_GITHUB_REPOS: 'octo/site',
    },
    comments: (issue) => issues.get(issue) ?? [],
    comment: add,
    exhaust: (until) => void (exhaustedUntil = until),
    slowDown: (retryAfter) => void (secondary = { retryAfter }),
    relax: () => void ([exhaustedUntil, secondary] = [undefined, undefined]),
  };
}

function idOf(user: string): number {
  return USERS.indexOf(user) + 1;
}

function fault(status: number, message: string): ApiAnswer {
  return { status, body: { message, documentation_url: DOCS, status: String(status) } };
}

function invalid(message: string): ApiAnswer {
  const errors = [{ resource: 'IssueComment', code: 'unprocessable', field: 'data', message }];
  return { status: 422, body: { message: 'Validation Failed', errors, documentation_url: DOCS } };
}
