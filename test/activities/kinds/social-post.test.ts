import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readAction } from '../../../src/activities/kinds/table.ts';
import { BadConfiguration } from '../../../src/config.ts';
import type { Action } from '../../../src/contract/action.ts';
import type { Draft } from '../../../src/contract/draft.ts';
import { freePorts } from '../../../src/dev/free-port.ts';
import { startFakeApi } from '../../support/fake-api.ts';
import type { ApiAnswer, Mishap } from '../../support/fake-api.ts';
import { startFakeMastodon } from '../../support/fake-mastodon.ts';
import type { FakeMastodon } from '../../support/fake-mastodon.ts';
import { openKindContext, ready, settingsOf } from '../../support/kind-context.ts';
import type { KindContext } from '../../support/kind-context.ts';
import { until } from '../../support/until.ts';

let mastodon: FakeMastodon;
let kinds: KindContext;
beforeAll(async () => {
  mastodon = await startFakeMastodon();
  kinds = await openKindContext(mastodon.env);
});
afterEach(() => mastodon.relax());
afterAll(async () => {
  await kinds.close();
  await mastodon.close();
});

let texts = 0;

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

/** Each with a text of its own, so that a test finds what it has done. */
function aPost(text = `Release ${(texts += 1)} is out.`): Action & { payload: { text: string } } {
  return { kind: 'social_post', target: { network: 'mastodon', account: 'project' }, payload: { text } };
}

function posted({ payload }: ReturnType<typeof aPost>): number {
  return mastodon.statuses.filter(({ text }) => text === payload.text.trim()).length;
}

const said = (status: number, body: unknown, headers: Record<string, string> = {}): ApiAnswer => ({
  status,
  body,
  headers,
});

describe('what it takes', () => {
  it.each([
    ['another network', { network: 'elsewhere' }, {}],
    ['no account', { account: '' }, {}],
    ['a field more', { visibility: 'public' }, {}],
    ['a blank text', {}, { text: ' \n' }],
    ['a lone surrogate', {}, { text: '\ud800' }],
  ])('refuses %s', (_what, target, payload) => {
    const { kind, ...action } = aPost();

    const read = readAction({
      kind,
      target: { ...action.target, ...target },
      payload: { ...action.payload, ...payload },
    });

    expect(read).toMatchObject({ ok: false, reason: expect.stringMatching(/^(target|payload) of social_post: /) });
  });

  it('says in one line what it does, and that it cannot be undone', () => {
    expect(ready(aPost())).toMatchObject({
      summary: 'Post as project on mastodon',
      reversible: false,
      nonDelegable: [],
    });
  });
});

describe('as whom it may post', () => {
  const obstacle = (action: Action, env: Record<string, string>): Promise<string | undefined> =>
    ready(action).obstacle({ ...kinds.around(action), settings: settingsOf(env) });

  it('posts as nobody whose account it does not hold', async () => {
    expect(await obstacle(aPost(), {})).toMatch(/no account project .* MANDATE_SOCIAL_ACCOUNTS \(now: none\)/);
    expect(await obstacle(aPost(), { MANDATE_SOCIAL_ACCOUNTS: 'mastodon ada https://m.example tok' })).toMatch(
      /now: ada/,
    );
    expect(await obstacle(aPost(), mastodon.env)).toBeUndefined();
  });

  it.each([
    ['500 characters', 'x'.repeat(500), '', true],
    ['501 characters', 'x'.repeat(501), '', false],
    ['501 characters where the instance takes more', 'x'.repeat(501), ' 1000', true],
    ['500 characters of several code points each', '👩‍🚀'.repeat(500), '', true],
    ['long links, which count 23', `https://example.org/${'x'.repeat(600)} `.repeat(20), '', true],
  ])('lets through or refuses %s as the instance would', async (_what, text, limit, fits) => {
    const env = { MANDATE_SOCIAL_ACCOUNTS: `${mastodon.env['MANDATE_SOCIAL_ACCOUNTS']}${limit}` };

    const found = await obstacle(aPost(text), env);

    expect(found ?? 'nothing').toMatch(fits ? /^nothing$/ : /has 501 characters, and project takes 500/);
  });

  it('takes several accounts, on lines or between commas', () => {
    const lines = 'mastodon ada https://one.example/ tok-1\n\n  mastodon bob   https://two.example tok-2 5000\n';

    const read = settingsOf({ MANDATE_SOCIAL_ACCOUNTS: lines }).socialAccounts;

    expect(read).toEqual([
      { network: 'mastodon', account: 'ada', url: 'https://one.example', token: 'tok-1', maxCharacters: 500 },
      { network: 'mastodon', account: 'bob', url: 'https://two.example', token: 'tok-2', maxCharacters: 5_000 },
    ]);
    expect(settingsOf({ MANDATE_SOCIAL_ACCOUNTS: lines.trim().replaceAll('\n', ',') }).socialAccounts).toEqual(read);
  });

  it('takes them from a file, as containers hand over secrets', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mandate-accounts-'));
    const file = join(folder, 'accounts');
    await writeFile(file, 'mastodon ada https://one.example tok-1\nmastodon bob https://two.example tok-2\n');

    // What compose passes on is empty when it is not set.
    const read = settingsOf({ MANDATE_SOCIAL_ACCOUNTS: '', MANDATE_SOCIAL_ACCOUNTS_FILE: file }).socialAccounts;

    expect(read?.map(({ account, token }) => [account, token])).toEqual([
      ['ada', 'tok-1'],
      ['bob', 'tok-2'],
    ]);
    await rm(folder, { recursive: true });
  });

  it.each([
    ['another network', 'bluesky ada https://m.example secret-word'],
    ['no token', 'mastodon ada https://m.example'],
    ['a limit that is no number', 'mastodon ada https://m.example secret-word many'],
    ['too much', 'mastodon ada https://m.example secret-word 500 more'],
    ['a token in the address', 'mastodon ada https://x:secret-word@m.example tok'],
    ['the same account twice', 'mastodon ada https://m.example secret-word,mastodon ada https://n.example secret-word'],
  ])('does not start with an entry that has %s, and does not repeat its token', (_what, entry) => {
    const read = (): unknown => settingsOf({ MANDATE_SOCIAL_ACCOUNTS: entry });

    expect(read).toThrow(BadConfiguration);
    expect(read).toThrow(/MANDATE_SOCIAL_ACCOUNTS/);
    expect(read).toThrow(expect.not.objectContaining({ message: expect.stringContaining('secret-word') }));
  });
});

describe('posting', () => {
  it('posts once, and tells where', async () => {
    const action = aPost('Ünïcode & <tags>\nin two lines');

    const acted = await ready(action).act(kinds.around(action));

    const [status] = mastodon.statuses.filter(({ text }) => text === action.payload.text);
    expect(acted).toEqual({
      happened: {
        network: 'mastodon',
        account: 'project',
        url: expect.stringMatching(new RegExp(`/@project/${status?.id}$`)),
        statusId: status?.id,
      },
    });
    expect(posted(action)).toBe(1);
  });

  it('gives the instance a key of the draft, by which it posts the same draft only once', async () => {
    const action = aPost();
    const context = kinds.around(action);

    const first = await ready(action).act(context);
    const second = await ready(action).act(context);
    const another = await ready(action).act(kinds.around(action));

    expect(second).toEqual(first);
    expect(another).not.toEqual(first);
    expect(posted(action)).toBe(2);
  });

  it.each([
    ['an unknown token', said(401, { error: 'The access token is invalid' })],
    ['a token without the right', said(403, { error: 'This action is outside the authorized scopes' })],
    ['an address that is no instance', said(404, '<html>Not Found</html>')],
    ['an account that is gone', said(410, {})],
    ['a text that the instance refuses', said(422, { error: 'Validation failed: Text limit' })],
  ])('has failed for %s', async (_what, instead) => {
    const action = aPost();
    mastodon.mishap({ done: false, instead });

    const acted = await ready(action).act(kinds.around(action));

    expect(acted).toEqual({
      failed: expect.stringContaining(`Post as project on mastodon: answered ${instead.status}`),
    });
  });

  it('has failed for a token that was revoked, and for a text that is too long after all', async () => {
    const [action, long] = [aPost(), aPost('x'.repeat(600))];
    const revoked = { MANDATE_SOCIAL_ACCOUNTS: `mastodon project ${mastodon.url} revoked` };

    const refused = await ready(action).act({ ...kinds.around(action), settings: settingsOf(revoked) });
    const invalid = await ready(long).act(kinds.around(long));

    expect(refused).toEqual({ failed: expect.stringContaining('401, The access token is invalid') });
    expect(invalid).toEqual({ failed: expect.stringContaining('422, Validation failed') });
  });

  it('has failed when nothing listens, or the name leads nowhere', async () => {
    const action = aPost();
    const [port] = await freePorts(1);
    const at = (url: string) => settingsOf({ MANDATE_SOCIAL_ACCOUNTS: `mastodon project ${url} tok` });

    const refused = await ready(action).act({ ...kinds.around(action), settings: at(`http://127.0.0.1:${port}`) });
    const unnamed = await ready(action).act({ ...kinds.around(action), settings: at('http://mastodon.invalid') });

    expect(refused).toEqual({ failed: 'Post as project on mastodon: nothing was sent (ECONNREFUSED).' });
    expect(unnamed).toEqual({ failed: expect.stringMatching(/nothing was sent \((ENOTFOUND|EAI_AGAIN)\)/) });
  });

  it('waits until the limit is reset, as Mastodon tells it: by a date', async () => {
    const action = aPost();
    mastodon.exhaust(new Date(Date.now() + 240_000).toISOString());

    const acted = await ready(action).act(kinds.around(action));

    expect(acted).toEqual({
      failed: expect.stringContaining('429, Too many requests'),
      holdSeconds: expect.closeTo(240, -2),
    });
  });

  it.each([
    ['after a 429 that names no time, for a minute', said(429, {}), 60],
    ['after a 429, as long as it names', said(429, {}, { 'retry-after': '90' }), 90],
    ['after a 403, as long as it names', said(403, {}, { 'retry-after': '7' }), 7],
  ])('waits %s', async (_when, instead, holdSeconds) => {
    const action = aPost();
    mastodon.mishap({ done: false, instead });

    expect(await ready(action).act(kinds.around(action))).toMatchObject({ failed: expect.any(String), holdSeconds });
  });
});

const OPEN: readonly (readonly [string, Mishap['instead'], RegExp])[] = [
  ['a 500', said(500, { error: 'Something went wrong' }), /answered 500.* \(it may or may not have been done\)/],
  [
    'a 502 of something in between',
    said(502, '<html>Bad Gateway</html>'),
    /answered 502.* \(it may or may not have been done\)/,
  ],
  [
    'a 503',
    said(503, { error: 'There was a temporary problem serving your request' }),
    /answered 503.* \(it may or may not have been done\)/,
  ],
  ['a 409', said(409, {}), /answered 409.* \(it may or may not have been done\)/],
  ['a 200 that is no JSON', said(200, '<html>Welcome</html>'), /answered 200, without the status/],
  ['a 200 without a status', said(200, { ok: true }), /answered 200, without the status/],
  ['a 202', said(202, {}), /answered 202.* \(it may or may not have been done\)/],
  ['a connection that is cut before the answer', 'cut', /other side closed/],
  ['a connection that is cut within the head of the answer', 'cut in the head', /other side closed/],
  ['a connection that is cut within the body of the answer', 'cut in the body', /answered 200, without the status/],
];

describe('an outcome that is not certain', () => {
  it.each(OPEN)('is unknown after %s, and found by its witness when it happened', async (_what, instead, why) => {
    const action = aPost();
    const context = kinds.around(action);
    mastodon.mishap({ done: true, instead });

    await expect(ready(action).act(context)).rejects.toThrow(why);
    const seen = await ready(action).witness(context);

    expect(posted(action)).toBe(1);
    expect(seen).toMatchObject({ happened: { account: 'project', url: expect.stringContaining('/@project/') } });
  });

  it.each(OPEN)('is unknown after %s, and stays so when it did not happen', async (_what, instead, why) => {
    const action = aPost();
    const context = kinds.around(action);
    mastodon.mishap({ done: false, instead });

    await expect(ready(action).act(context)).rejects.toThrow(why);
    const seen = await ready(action).witness(context);

    expect(posted(action)).toBe(0);
    expect(seen).toEqual({ unknown: expect.stringMatching(/^project has no status with this text since/) });
  });

  it('is unknown when its time is over before there is an answer', async () => {
    const action = aPost();
    const context = kinds.around(action);
    const time = new AbortController();
    mastodon.mishap({ done: true, instead: 'silence' });

    const acted = ready(action).act({ ...context, signal: time.signal });
    const over = until('the status', () => posted(action) === 1).then(() => time.abort(new Error('its time is over')));

    await expect(acted).rejects.toThrow('its time is over');
    await over;
    expect(await ready(action).witness(context)).toHaveProperty('happened');
  });

  it('never sends a second time, whatever the answer', async () => {
    const answers = [408, 421, 425, 429, 500, 502, 503, 504].map((status) => said(status, {}, { 'retry-after': '0' }));
    for (const instead of answers) {
      const action = aPost();
      const before = mastodon.requests.length;
      mastodon.mishap({ done: true, instead });

      await ready(action)
        .act(kinds.around(action))
        .catch(() => undefined);

      expect(mastodon.requests.slice(before)).toHaveLength(1);
    }
  });
});

describe('the token', () => {
  it('goes to no other host: a redirect is not followed', async () => {
    const elsewhere = await startFakeApi(() => ({ status: 200, body: { id: '1', url: 'https://evil.example/1' } }));
    try {
      for (const status of [301, 302, 303, 307, 308]) {
        const action = aPost();
        mastodon.mishap({ done: false, instead: said(status, {}, { location: `${elsewhere.url}/api/v1/statuses` }) });

        const acted = await ready(action).act(kinds.around(action));

        expect(acted).toEqual({ failed: expect.stringContaining(`redirect (${status}), which is not followed`) });
      }
      expect(elsewhere.requests).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  it('is never repeated, though the provider repeats it', async () => {
    const echo = `authorization: Bearer ${mastodon.token} and ${mastodon.token}`;
    const url = `https://evil.example/${mastodon.token}`;
    const answers = [
      said(403, { error: echo }),
      said(500, { error: echo }),
      said(200, echo),
      said(200, { id: '1', url }),
    ];
    for (const instead of answers) {
      const action = aPost();
      mastodon.mishap({ done: false, instead });

      const told = await ready(action)
        .act(kinds.around(action))
        .catch((error: unknown) => error);

      const text = told instanceof Error ? told.message : JSON.stringify(told);
      expect(text).toContain('Post as project');
      expect(text).not.toContain(mastodon.token);
    }
  });
});

describe('the witness', () => {
  it('only looks: it posts nothing', async () => {
    const action = aPost();
    const before = mastodon.requests.length;

    await ready(action).witness(kinds.around(action));

    expect(new Set(mastodon.requests.slice(before).map(({ method }) => method))).toEqual(new Set(['GET']));
    expect(posted(action)).toBe(0);
  });

  it('does not take for its own what a person posted with the same text', async () => {
    const action = aPost();
    mastodon.post(action.payload.text);

    expect(await ready(action).witness(kinds.around(action))).toEqual({
      unknown: expect.stringMatching(/has no status/),
    });
  });

  it('does not take for its own what was posted long before its draft was made', async () => {
    const action = aPost();
    mastodon.post(action.payload.text, { application: 'Mandate', at: new Date(Date.now() - 600_000).toISOString() });

    expect(await ready(action).witness(kinds.around(action))).toEqual({
      unknown: expect.stringMatching(/has no status/),
    });
  });

  it('finds its status though the clock of the instance is minutes behind', async () => {
    const action = aPost();
    const context = kinds.around(action, { createdAt: new Date().toISOString() });
    mastodon.post(action.payload.text, { application: 'Mandate', at: new Date(Date.now() - 240_000).toISOString() });

    expect(await ready(action).witness(context)).toHaveProperty('happened');
  });

  it('does not choose between two that fit', async () => {
    const action = aPost();
    mastodon.post(action.payload.text, { application: 'Mandate' });
    mastodon.post(action.payload.text, { application: 'Mandate' });

    expect(await ready(action).witness(kinds.around(action))).toEqual({
      unknown: expect.stringMatching(/has 2 statuses/),
    });
  });

  it('knows its text again without the white space around it, as the instance keeps it', async () => {
    const action = aPost('\n  A text\r\nin two lines, with links: https://example.org/?a=1&b=2 \n');
    const context = kinds.around(action);
    await ready(action).act(context);

    expect(await ready(action).witness(context)).toHaveProperty('happened');
  });

  it('finds the status on a later page', async () => {
    const busy = await startFakeMastodon();
    try {
      const action = aPost();
      const context = { ...kinds.around(action), settings: settingsOf(busy.env) };
      await ready(action).act(context);
      for (let count = 0; count < 100; count += 1) busy.post(`Something else ${count}`);

      expect(await ready(action).witness(context)).toMatchObject({ happened: { account: 'project' } });
    } finally {
      await busy.close();
    }
  });

  it('says what it would need when the token may not read', async () => {
    const action = aPost();
    const env = { MANDATE_SOCIAL_ACCOUNTS: `mastodon project ${mastodon.url} ${mastodon.writeToken}` };
    const context = { ...kinds.around(action), settings: settingsOf(env) };

    await expect(ready(action).witness(context)).rejects.toThrow(/verify_credentials answered 403 .* scopes/);
  });
});

describe('the same text under two drafts', () => {
  const claim = (draft: Draft, time = new Date().toISOString()) =>
    kinds.store.claims.claim(
      {
        draftId: draft.id,
        digest: draft.digest,
        kind: draft.kind,
        owner: `dispatch/${draft.id}`,
        run: draft.run,
        agent: draft.agent,
        worker: 'mandate-effects',
        time,
        dueAt: time,
        signed: { draft, signature: '' },
      },
      { limits: undefined, perAgent: undefined, attestations: [] },
      [],
    );

  const settle = ({ id: draftId }: Draft, outcome: 'completed' | 'completed_with_error', time: string) =>
    kinds.store.claims.settle(
      { draftId, outcome, receipt: {}, by: 'attempt', time },
      { limits: undefined, perAgent: undefined },
      [],
    );

  it('is not taken for the other one, while both may have posted', async () => {
    const action = aPost();
    const [one, two] = [kinds.around(action), kinds.around(action)];
    const twin = { ...two.draft, run: one.draft.run };
    await claim(one.draft);
    await claim(twin);
    await ready(action).act({ ...two, draft: twin });

    expect(await ready(action).witness(one)).toEqual({ unknown: expect.stringMatching(/more than once/) });
  });

  it.each([
    ['in another run', (text: string) => text],
    ['with other white space around it', (text: string) => ` ${text}\n`],
  ])('is not taken for the other one %s', async (_where, written) => {
    const action = aPost();
    const other = aPost(written(action.payload.text));
    const [one, two] = [kinds.around(action), kinds.around(other)];
    await claim(one.draft);
    await claim(two.draft);
    await ready(other).act(two);

    expect(await ready(action).witness(one)).toEqual({ unknown: expect.stringMatching(/more than once/) });
  });

  it('is not taken for one that was claimed while the witness looked', async () => {
    const action = aPost();
    const [one, two] = [kinds.around(action), kinds.around(action)];
    await claim(one.draft);
    // Passes everything on; before its first answer, the other one is claimed and posts.
    const claimAndPost = once(async () => {
      await claim(two.draft);
      await ready(action).act(two);
    });
    const between = createServer((request, response) => {
      void claimAndPost()
        .then(() => fetch(`${mastodon.url}${request.url}`, { headers: { authorization: `Bearer ${mastodon.token}` } }))
        .then(async (answer) => response.writeHead(answer.status).end(await answer.text()));
    });
    await new Promise<void>((resolve) => {
      between.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
    const env = { MANDATE_SOCIAL_ACCOUNTS: `mastodon project ${url} ${mastodon.token}` };

    const seen = await ready(action).witness({ ...one, settings: settingsOf(env) });
    between.close();

    expect(seen).toEqual({ unknown: expect.stringMatching(/more than once/) });
  });

  it.each([
    ['on another account', { target: { network: 'mastodon', account: 'somebody' } }],
    ['with another text', { payload: { text: 'Something else.' } }],
  ])('is known again beside a draft %s', async (_what, difference) => {
    const action = aPost();
    const [one, two] = [kinds.around(action), kinds.around({ ...action, ...difference })];
    await claim(one.draft);
    await claim(two.draft);
    await ready(action).act(one);

    expect(await ready(action).witness(one)).toHaveProperty('happened');
  });

  it('is known again when the other one has certainly not posted', async () => {
    const action = aPost();
    const [one, two] = [kinds.around(action), kinds.around(action)];
    await claim(one.draft);
    await claim(two.draft);
    await settle(two.draft, 'completed_with_error', new Date().toISOString());
    await ready(action).act(one);

    expect(await ready(action).witness(one)).toHaveProperty('happened');
  });

  it('is not taken for this one when the other had posted shortly before this one began', async () => {
    const action = aPost();
    const [earlier, later] = [kinds.around(action), kinds.around(action)];
    await claim(earlier.draft, new Date(Date.now() - 30_000).toISOString());
    mastodon.post(action.payload.text, { application: 'Mandate', at: new Date(Date.now() - 29_000).toISOString() });
    await settle(earlier.draft, 'completed', new Date(Date.now() - 28_000).toISOString());
    await claim(later.draft);

    expect(await ready(action).witness(later)).toEqual({ unknown: expect.stringMatching(/more than once/) });
  });

  it('is known again when the other was known to have posted long before', async () => {
    const action = aPost();
    const [earlier, later] = [kinds.around(action), kinds.around(action)];
    await claim(earlier.draft, new Date(Date.now() - 3_600_000).toISOString());
    mastodon.post(action.payload.text, { application: 'Mandate', at: new Date(Date.now() - 3_599_000).toISOString() });
    await settle(earlier.draft, 'completed', new Date(Date.now() - 3_598_000).toISOString());
    await claim(later.draft);
    await ready(action).act(later);

    expect(await ready(action).witness(later)).toHaveProperty('happened');
  });
});
