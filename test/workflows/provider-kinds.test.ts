import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DispatchRequest } from '../../src/contract/dispatch.ts';
import { aDispatch, dispatchApproved, startDispatch } from '../support/dispatches.ts';
import { startFakeGitHub } from '../support/fake-github.ts';
import type { FakeGitHub } from '../support/fake-github.ts';
import { startFakeMastodon } from '../support/fake-mastodon.ts';
import type { FakeMastodon } from '../support/fake-mastodon.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';

let github: FakeGitHub;
let mastodon: FakeMastodon;
let mandate: Mandate;
beforeAll(async () => {
  [github, mastodon] = await Promise.all([startFakeGitHub(), startFakeMastodon()]);
  mandate = await startMandate({ env: { ...github.env, ...mastodon.env } });
});
afterAll(async () => {
  await mandate.stop();
  await Promise.all([github.close(), mastodon.close()]);
});

const aComment = (body: string, repo = 'octo/site'): DispatchRequest =>
  aDispatch('', { action: { kind: 'github_comment', target: { repo, issue: 1 }, payload: { body } } });

const aPost = (text: string, account = 'project'): DispatchRequest =>
  aDispatch('', { action: { kind: 'social_post', target: { network: 'mastodon', account }, payload: { text } } });

const commentsOf = ({ draftId }: DispatchRequest): number =>
  github.comments(1).filter(({ body }) => body.includes(draftId)).length;

const BAD_GATEWAY = { done: true, instead: { status: 502, body: '<html>Bad Gateway</html>' } } as const;

describe('an approved comment on GitHub', () => {
  it('is posted once, and its address is kept', async () => {
    const request = aComment('Fixed in 1.2.0.');

    const outcome = await (await dispatchApproved(mandate.client, request)).result();

    expect(outcome).toMatchObject({
      status: 'completed',
      result: 'executed',
      receipt: { url: expect.stringContaining('/octo/site/issues/1#issuecomment-') },
    });
    expect(commentsOf(request)).toBe(1);
  });

  it('is found by its witness when the answer was lost, and not posted again', async () => {
    const request = aComment('Fixed in 1.2.1.');
    github.mishap(BAD_GATEWAY);

    const outcome = await (await dispatchApproved(mandate.client, request)).result();

    expect(outcome).toMatchObject({ status: 'completed', receipt: { url: expect.stringContaining('#issuecomment-') } });
    expect(commentsOf(request)).toBe(1);
    expect(await settledBy(request)).toBe('witness');
  });

  it('is not signed for a repository that is not listed, and nothing is consumed', async () => {
    const request = aComment('Hello.', 'octo/secret');

    const outcome = await (await startDispatch(mandate.client, { ...request, approval: 'none' })).result();

    expect(outcome).toMatchObject({ status: 'verify_failed', error: expect.stringMatching(/MANDATE_GITHUB_REPOS/) });
    expect(await mandate.store.claims.get(request.draftId)).toBeUndefined();
  });
});

describe('an approved post on Mastodon', () => {
  it('is posted once, and its address is kept', async () => {
    const request = aPost('1.2.0 is out.');

    const outcome = await (await dispatchApproved(mandate.client, request)).result();

    expect(outcome).toMatchObject({
      status: 'completed',
      result: 'executed',
      receipt: { account: 'project', url: expect.stringContaining('/@project/') },
    });
    expect(mastodon.statuses.filter(({ text }) => text === '1.2.0 is out.')).toHaveLength(1);
  });

  it('is found by its witness when the answer was lost, and not posted again', async () => {
    const request = aPost('1.2.1 is out.');
    mastodon.mishap(BAD_GATEWAY);

    const outcome = await (await dispatchApproved(mandate.client, request)).result();

    expect(outcome).toMatchObject({ status: 'completed', receipt: { url: expect.stringContaining('/@project/') } });
    expect(mastodon.statuses.filter(({ text }) => text === '1.2.1 is out.')).toHaveLength(1);
    expect(await settledBy(request)).toBe('witness');
  });

  it('is not signed for an account that the executor does not hold, and nothing is consumed', async () => {
    const request = aPost('Hello.', 'somebody');

    const outcome = await (await startDispatch(mandate.client, { ...request, approval: 'none' })).result();

    expect(outcome).toMatchObject({ status: 'verify_failed', error: expect.stringMatching(/MANDATE_SOCIAL_ACCOUNTS/) });
    expect(await mandate.store.claims.get(request.draftId)).toBeUndefined();
  });
});

async function settledBy({ draftId }: DispatchRequest): Promise<string | undefined> {
  return (await mandate.store.claims.get(draftId))?.settlement?.by;
}
