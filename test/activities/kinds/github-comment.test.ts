import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readAction } from '../../../src/activities/kinds/table.ts';
import { BadConfiguration } from '../../../src/config.ts';
import type { Action } from '../../../src/contract/action.ts';
import { freePorts } from '../../../src/dev/free-port.ts';
import { startFakeApi } from '../../support/fake-api.ts';
import type { ApiAnswer, Mishap } from '../../support/fake-api.ts';
import { startFakeGitHub } from '../../support/fake-github.ts';
import type { FakeGitHub } from '../../support/fake-github.ts';
import { openKindContext, ready, settingsOf } from '../../support/kind-context.ts';
import type { KindContext } from '../../support/kind-context.ts';
import { until } from '../../support/until.ts';

let github: FakeGitHub;
let kinds: KindContext;
beforeAll(async () => {
  github = await startFakeGitHub();
  kinds = await openKindContext(github.env);
});
afterEach(() => github.relax());
afterAll(async () => {
  await kinds.close();
  await github.close();
});

let bodies = 0;

/** Each with a body of its own, so that a test finds what it has done. */
function aComment(
  target: object = {},
  body = `Shipped, for the ${(bodies += 1)}th time.`,
): Action & { payload: { body: string } } {
  return { kind: 'github_comment', target: { repo: 'octo/site', issue: 1, ...target }, payload: { body } };
}

function posted({ payload }: ReturnType<typeof aComment>): number {
  return github.comments(1).filter(({ body }) => body.startsWith(`${payload.body}\n`)).length;
}

const said = (status: number, body: unknown, headers: Record<string, string> = {}): ApiAnswer => ({
  status,
  body,
  headers,
});

describe('what it takes', () => {
  it.each([
    ['a repository without its owner', { repo: 'site' }, {}],
    ['a name that leads to another folder', { repo: 'octo/..' }, {}],
    ['a longer path', { repo: 'octo/site/issues' }, {}],
    ['an issue below 1', { issue: 0 }, {}],
    ['a fraction of an issue', { issue: 1.5 }, {}],
    ['a field more', { comment: 1 }, {}],
    ['a blank body', {}, { body: ' \n\t' }],
    ['a body that leaves no room for the marker', {}, { body: 'x'.repeat(65_500) }],
    ['a marker of its own', {}, { body: 'Look: <!--mandate:draft:abc -->' }],
  ])('refuses %s', (_what, target, payload) => {
    const action = aComment(target);

    const read = readAction({ ...action, payload: { ...action.payload, ...payload } });

    expect(read).toMatchObject({ ok: false, reason: expect.stringMatching(/^(target|payload) of github_comment: /) });
  });

  it('takes as much as GitHub does, with the marker in it', async () => {
    const action = aComment({}, 'x'.repeat(65_411));

    const acted = await ready(action).act(kinds.around(action, { id: 'i'.repeat(100) }));

    expect(acted).toMatchObject({ happened: { url: expect.any(String) } });
    expect(github.comments(1).map(({ body }) => body.length)).toContain(65_536);
    expect(readAction(aComment({}, 'x'.repeat(65_412)))).toMatchObject({ ok: false });
  });

  it('says in one line what it does, and that it cannot be undone', () => {
    expect(ready(aComment())).toMatchObject({
      summary: 'Comment on octo/site#1',
      reversible: false,
      nonDelegable: [],
    });
  });
});

describe('where it may comment', () => {
  it.each([
    [
      'nowhere without a token',
      { MANDATE_GITHUB_TOKEN: '', MANDATE_GITHUB_REPOS: 'octo/site' },
      /no MANDATE_GITHUB_TOKEN/,
    ],
    ['nowhere without a list', { MANDATE_GITHUB_REPOS: '' }, /octo\/site is not .* MANDATE_GITHUB_REPOS \(now: none\)/],
    ['not where only the beginning fits', { MANDATE_GITHUB_REPOS: 'octo/sit,oct/*' }, /octo\/sit, oct\/\*/],
    ['in a repository that is listed', { MANDATE_GITHUB_REPOS: 'a/b, Octo/SITE' }, /^nothing$/],
    ["in an owner's repositories", { MANDATE_GITHUB_REPOS: 'octo/*' }, /^nothing$/],
  ])('%s', async (_where, env, obstacle) => {
    const action = aComment();
    const settings = settingsOf({ ...github.env, ...env });

    const found = await ready(action).obstacle({ ...kinds.around(action), settings });

    expect(found ?? 'nothing').toMatch(obstacle);
  });

  it.each([
    ['MANDATE_GITHUB_REPOS', 'octo'],
    ['MANDATE_GITHUB_REPOS', 'octo/..'],
    ['MANDATE_GITHUB_URL', 'ftp://github.example'],
  ])('does not start with %s=%s, and says what was given', (name, value) => {
    const read = (): unknown => settingsOf({ [name]: value });

    expect(read).toThrow(BadConfiguration);
    expect(read).toThrow(expect.objectContaining({ message: expect.stringContaining(value) }));
  });

  it.each([
    ['MANDATE_GITHUB_TOKEN', 'two words'],
    ['MANDATE_GITHUB_URL', 'https://user:word@github.example'],
  ])('does not start with %s=%s, and does not repeat what may be a secret', (name, value) => {
    const read = (): unknown => settingsOf({ [name]: value });

    expect(read).toThrow(BadConfiguration);
    expect(read).toThrow(expect.not.objectContaining({ message: expect.stringMatching(/two words|user:|word@/) }));
  });
});

describe('commenting', () => {
  it('posts once, with a hidden marker, and tells where', async () => {
    const action = aComment();
    const context = kinds.around(action);

    const acted = await ready(action).act(context);

    const [comment] = github.comments(1).filter(({ body }) => body.includes(context.draft.id));
    expect(comment).toMatchObject({
      user: 'mandate-bot',
      body: `${action.payload.body}\n\n<!-- mandate:draft:${context.draft.id} -->`,
    });
    expect(acted).toEqual({
      happened: {
        repo: 'octo/site',
        issue: 1,
        url: expect.stringMatching(new RegExp(`/octo/site/issues/1#issuecomment-${comment?.id}$`)),
        commentId: String(comment?.id),
      },
    });
  });

  it.each([
    ['an unknown token', {}, 401, /Bad credentials/],
    ['a locked issue', { issue: 2 }, 403, /issue is locked/],
    ['an issue that is not there', { issue: 99 }, 404, /Not Found/],
    ['a repository without issues', { issue: 3 }, 410, /Issues are disabled/],
  ])('has failed for %s', async (_what, target, status, words) => {
    const action = aComment(target);
    const token = status === 401 ? 'ghp_revoked' : github.token;
    const settings = settingsOf({ ...github.env, MANDATE_GITHUB_TOKEN: token });

    const acted = await ready(action).act({ ...kinds.around(action), settings });

    expect(acted).toEqual({ failed: expect.stringMatching(words) });
    expect(acted).toEqual({ failed: expect.stringContaining(`answered ${status}, `) });
  });

  it('has failed when GitHub finds the comment invalid', async () => {
    const action = aComment();
    github.mishap({ done: false, instead: said(422, { message: 'Validation Failed', errors: [{ code: 'invalid' }] }) });

    expect(await ready(action).act(kinds.around(action))).toEqual({
      failed: expect.stringContaining('answered 422, Validation Failed'),
    });
  });

  it('has failed when nothing listens, or the name leads nowhere', async () => {
    const action = aComment();
    const [port] = await freePorts(1);
    const at = (url: string) => settingsOf({ ...github.env, MANDATE_GITHUB_URL: url });

    const refused = await ready(action).act({ ...kinds.around(action), settings: at(`http://127.0.0.1:${port}`) });
    const unnamed = await ready(action).act({ ...kinds.around(action), settings: at('http://github.invalid') });

    expect(refused).toEqual({ failed: 'Comment on octo/site#1: nothing was sent (ECONNREFUSED).' });
    expect(unnamed).toEqual({ failed: expect.stringMatching(/nothing was sent \((ENOTFOUND|EAI_AGAIN)\)/) });
  });
});

describe('being asked to wait', () => {
  it('waits until the primary limit is reset', async () => {
    const action = aComment();
    github.exhaust(Math.ceil(Date.now() / 1_000) + 1_800);

    const acted = await ready(action).act(kinds.around(action));

    expect(acted).toEqual({
      failed: expect.stringMatching(/403, API rate limit exceeded/),
      holdSeconds: expect.closeTo(1_800, -2),
    });
  });

  it.each([
    ['as long as a secondary limit says', '42', 42],
    ['a minute when it does not say how long', undefined, 60],
    ['at most a day', '99999999', 86_400],
  ])('waits %s', async (_how, retryAfter, seconds) => {
    const action = aComment();
    github.slowDown(retryAfter);

    const acted = await ready(action).act(kinds.around(action));

    expect(acted).toEqual({ failed: expect.stringMatching(/secondary rate limit/), holdSeconds: seconds });
    expect(posted(action)).toBe(0);
  });

  it('waits after a 429 as well, until a date', async () => {
    const action = aComment();
    const until = new Date(Date.now() + 600_000).toUTCString();
    github.mishap({ done: false, instead: said(429, { message: 'Too many requests' }, { 'retry-after': until }) });

    expect(await ready(action).act(kinds.around(action))).toEqual({
      failed: expect.stringMatching(/answered 429/),
      holdSeconds: expect.closeTo(600, -2),
    });
  });

  it('is not asked by a refusal that has other reasons', async () => {
    const action = aComment({ issue: 2 });

    expect(await ready(action).act(kinds.around(action))).not.toHaveProperty('holdSeconds');
  });
});

const OPEN: readonly (readonly [string, Mishap['instead'], RegExp])[] = [
  ['a 500', said(500, { message: 'Server Error' }), /answered 500.* \(it may or may not have been done\)/],
  [
    'a 502 of something in between',
    said(502, '<html>Bad Gateway</html>'),
    /answered 502.* \(it may or may not have been done\)/,
  ],
  ['a 503', said(503, { message: 'Service Unavailable' }), /answered 503.* \(it may or may not have been done\)/],
  ['a 409', said(409, { message: 'Conflict' }), /answered 409.* \(it may or may not have been done\)/],
  ['a 408', said(408, { message: 'Request Timeout' }), /answered 408.* \(it may or may not have been done\)/],
  ['a 200, which is not the answer to expect', said(200, {}), /answered 200.* \(it may or may not have been done\)/],
  ['a connection that is cut before the answer', 'cut', /other side closed/],
  ['a connection that is cut within the head of the answer', 'cut in the head', /other side closed/],
];

describe('an outcome that is not certain', () => {
  it.each(OPEN)('is unknown after %s, and found by its witness when it happened', async (_what, instead, why) => {
    const action = aComment();
    const context = kinds.around(action);
    github.mishap({ done: true, instead });

    await expect(ready(action).act(context)).rejects.toThrow(why);
    const seen = await ready(action).witness(context);

    expect(posted(action)).toBe(1);
    expect(seen).toMatchObject({ happened: { issue: 1, url: expect.stringContaining('#issuecomment-') } });
  });

  it.each(OPEN)('is unknown after %s, and stays so when it did not happen', async (_what, instead, why) => {
    const action = aComment();
    const context = kinds.around(action);
    github.mishap({ done: false, instead });

    await expect(ready(action).act(context)).rejects.toThrow(why);
    const seen = await ready(action).witness(context);

    expect(posted(action)).toBe(0);
    expect(seen).toEqual({ unknown: 'No comment on octo/site#1 bears the marker of this draft.' });
  });

  it('is unknown when its time is over before there is an answer', async () => {
    const action = aComment();
    const context = kinds.around(action);
    const time = new AbortController();
    github.mishap({ done: true, instead: 'silence' });

    const acted = ready(action).act({ ...context, signal: time.signal });
    const over = until('the comment', () => posted(action) === 1).then(() => time.abort(new Error('its time is over')));

    await expect(acted).rejects.toThrow('its time is over');
    await over;
    expect(await ready(action).witness(context)).toHaveProperty('happened');
  });

  it('never sends a second time, whatever the answer', async () => {
    const answers = [408, 421, 425, 429, 500, 502, 503, 504].map((status) => said(status, {}, { 'retry-after': '0' }));
    for (const instead of answers) {
      const action = aComment();
      const before = github.requests.length;
      github.mishap({ done: true, instead });

      await ready(action)
        .act(kinds.around(action))
        .catch(() => undefined);

      expect(github.requests.slice(before)).toHaveLength(1);
    }
  });
});

describe('a 201 whose body is lost', () => {
  it.each([
    ['is no JSON', said(201, '<html>Created</html>')],
    ['breaks off', 'cut in the body'],
    ['has no address', said(201, { id: 1 })],
  ] as const)('happened; its address is looked for when the body %s', async (_what, instead) => {
    const action = aComment();
    github.mishap({ done: true, instead });

    const acted = await ready(action).act(kinds.around(action));

    expect(acted).toMatchObject({ happened: { url: expect.stringContaining('#issuecomment-') } });
    expect(posted(action)).toBe(1);
  });

  it('happened also when its address cannot be found', async () => {
    const action = aComment();
    const settings = settingsOf({ ...github.env, MANDATE_GITHUB_TOKEN: github.appToken });
    github.mishap({ done: true, instead: said(201, 'Created') });

    const acted = await ready(action).act({ ...kinds.around(action), settings });

    expect(acted).toEqual({ happened: { repo: 'octo/site', issue: 1, status: 201 } });
  });
});

describe('the token', () => {
  it('goes to no other host: a redirect is not followed', async () => {
    const elsewhere = await startFakeApi(() => ({ status: 201, body: {} }));
    try {
      for (const status of [301, 302, 303, 307, 308]) {
        const action = aComment();
        github.mishap({ done: false, instead: said(status, {}, { location: `${elsewhere.url}/repos` }) });

        const acted = await ready(action).act(kinds.around(action));

        expect(acted).toEqual({ failed: expect.stringContaining(`redirect (${status}), which is not followed`) });
      }
      expect(elsewhere.requests).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  it('does not follow a repository that moved, and says so', async () => {
    const action = aComment({ repo: 'octo/old' });

    expect(await ready(action).act(kinds.around(action))).toEqual({
      failed: expect.stringMatching(/renamed or moved/),
    });
  });

  it('is never repeated, though the provider repeats it', async () => {
    const echo = `You sent authorization: token ${github.token} and ${github.token}`;
    const answers = [said(403, { message: echo }), said(500, { message: echo }), said(422, echo), said(503, echo)];
    for (const instead of answers) {
      const action = aComment();
      github.mishap({ done: false, instead });

      const told = await ready(action)
        .act(kinds.around(action))
        .catch((error: unknown) => error);

      const text = told instanceof Error ? told.message : JSON.stringify(told);
      expect(text).toContain('You sent');
      expect(text).not.toContain(github.token);
    }
  });

  it('does not get into a receipt', async () => {
    const action = aComment();
    const url = `https://evil.example/?t=${github.token}`;
    github.mishap({ done: false, instead: said(201, { id: 7, html_url: url, user: { id: 1 } }) });

    const acted = await ready(action).act(kinds.around(action));

    expect(acted).toEqual({ happened: { repo: 'octo/site', issue: 1, status: 201 } });
  });
});

describe('the witness', () => {
  it('finds the comment on a later page', async () => {
    const busy = await startFakeGitHub();
    try {
      const action = aComment();
      const context = { ...kinds.around(action), settings: settingsOf(busy.env) };
      for (let count = 0; count < 230; count += 1) busy.comment(1, 'stranger', `Me too, ${count}`);
      await ready(action).act(context);
      for (let count = 0; count < 20; count += 1) busy.comment(1, 'stranger', `And me, ${count}`);

      const seen = await ready(action).witness(context);

      expect(seen).toMatchObject({ happened: { url: expect.stringContaining('#issuecomment-') } });
      expect(busy.requests.filter(({ method, url }) => method === 'GET' && url.searchParams.has('page'))).toHaveLength(
        3,
      );
    } finally {
      await busy.close();
    }
  });

  it('does not believe a marker that somebody else has pasted', async () => {
    const action = aComment();
    const context = kinds.around(action);
    github.comment(1, 'stranger', `${action.payload.body}\n\n<!-- mandate:draft:${context.draft.id} -->`);

    const seen = await ready(action).witness(context);

    expect(seen).toEqual({ unknown: expect.stringMatching(/^Somebody else wrote/) });
  });

  it('does not take a comment for this one that only mentions its marker', async () => {
    const action = aComment();
    const context = kinds.around(action);
    github.comment(1, 'mandate-bot', `What is <!-- mandate:draft:${context.draft.id} -->?`);

    expect(await ready(action).witness(context)).toEqual({ unknown: expect.stringMatching(/^No comment/) });
  });

  it('does not say whose the comment is when GitHub does not tell the token who it is', async () => {
    const action = aComment();
    const settings = settingsOf({ ...github.env, MANDATE_GITHUB_TOKEN: github.appToken });
    const context = { ...kinds.around(action), settings };
    await ready(action).act(context);

    const seen = await ready(action).witness(context);

    expect(seen).toEqual({
      unknown: expect.stringMatching(
        /#issuecomment-\d+ bears the marker .* GitHub does not tell this token who it is \(403\)/,
      ),
    });
  });

  it('throws what kept it from looking, so that it is asked again', async () => {
    const action = aComment();
    const context = kinds.around(action);
    github.slowDown();

    await expect(ready(action).witness(context)).rejects.toThrow(/403 You have exceeded a secondary rate limit/);
  });
});
