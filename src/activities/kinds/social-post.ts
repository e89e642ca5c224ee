import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Draft } from '../../contract/draft.ts';
import { Name } from '../../contract/names.ts';
import { Text } from '../../contract/text.ts';
import type { Claim } from '../../store/claim.ts';
import type { ExecutorSettings, KindDefinition } from './kind.ts';
import { openMastodon } from './mastodon-api.ts';
import { judgeRefusal, sendEffect } from './provider-answer.ts';
import type { SocialAccount } from './social-accounts.ts';
import { asKept, findStatus, statusReceipt } from './social-post-witness.ts';

const Target = z.strictObject({ network: z.enum(['mastodon']), account: Name });
type Target = z.infer<typeof Target>;

const Payload = z.strictObject({
  // What an instance takes is a setting of its account; none takes more than this.
  text: Text.max(100_000).refine((text) => /\S/.test(text), 'must not be blank'),
});

// The clocks of the executor and of the instance may differ by so much.
const SKEW_MS = 300_000;

// Source: Mastodon counts every link as so many characters, however long it is.
const LINK_CHARACTERS = 23;

/** A post in the name of an account that the executor holds. */
export const socialPost: KindDefinition<Target, z.infer<typeof Payload>> = {
  target: Target,
  payload: Payload,
  reversible: false,
  summarize: ({ network, account }) => `Post as ${account} on ${network}`,
  provider: ({ network, account }) => `${network} ${account}`,
  nonDelegable: () => [],
  async obstacle({ target, payload, settings }) {
    const account = accountOf(target, settings);
    if (account === undefined) return noAccount(target, settings);
    const length = charactersIn(payload.text);
    if (length <= account.maxCharacters) return undefined;
    return `The text has ${length} characters, and ${target.account} takes ${account.maxCharacters}; shorten it, or raise the limit of the account in MANDATE_SOCIAL_ACCOUNTS when its instance takes more.`;
  },
  async act({ draft, target, payload, settings, signal }) {
    const account = accountOf(target, settings);
    if (account === undefined) return { failed: noAccount(target, settings) };
    const mastodon = openMastodon(account);
    const what = `Post as ${target.account} on ${target.network}`;
    // For an hour, the instance gives the same status to the same key. It is a second line, behind the claim.
    const key = createHash('sha256').update(`mandate:draft:${draft.id}`).digest('hex');
    const body = { status: payload.text };
    const sent = await sendEffect(what, () => mastodon.post('/api/v1/statuses', body, key, signal));
    if ('failed' in sent) return sent;
    if (sent.answer.status !== 200) return judgeRefusal(what, sent.answer);
    const receipt = statusReceipt(target, sent.answer.data, account.token);
    // Any web server says 200: without the status in it, that proves nothing.
    if (receipt === undefined) throw new Error(`${what}: answered 200, without the status that it made.`);
    return { happened: receipt };
  },
  async witness({ draft, target, payload, settings, signal, store }) {
    const account = accountOf(target, settings);
    if (account === undefined) return { unknown: noAccount(target, settings) };
    const began = (await store.claims.get(draft.id))?.time ?? draft.createdAt;
    const post = { ...target, text: payload.text, notBefore: earlier(began, SKEW_MS) };
    const seen = await findStatus(openMastodon(account), post, signal);
    if ('unknown' in seen) return seen;
    // Asked after the status was seen: whoever made it had claimed before. Settled by the executor's clock, made by the
    // instance's, and that may be ahead.
    const others = await store.claims.ofKind({ kind: draft.kind, since: earlier(post.notBefore, SKEW_MS) });
    const twin = others.find((claim) => mayHavePosted(claim) && isTwin(claim, draft, post));
    if (twin === undefined) return seen;
    return {
      unknown: `${target.account} was given the same text more than once, also by draft ${twin.draftId} of run ${twin.run}; which post is whose cannot be told.`,
    };
  },
};

/** The same post under another draft: what it made could be taken for this one's. So is one that cannot be read. */
function isTwin({ draftId, digest, signed }: Claim, draft: Draft, post: Target & { readonly text: string }): boolean {
  if (draftId === draft.id) return false;
  if (digest === draft.digest) return true;
  const target = Target.safeParse(signed?.draft.target);
  const payload = Payload.safeParse(signed?.draft.payload);
  if (!target.success || !payload.success) return true;
  const { network, account } = target.data;
  return network === post.network && account === post.account && asKept(payload.data.text) === asKept(post.text);
}

function mayHavePosted({ settlement }: Claim): boolean {
  return settlement === null || settlement.outcome === 'completed';
}

function earlier(time: string, ms: number): string {
  return new Date(Date.parse(time) - ms).toISOString();
}

function accountOf(target: Target, { socialAccounts = [] }: ExecutorSettings): SocialAccount | undefined {
  return socialAccounts.find(({ network, account }) => network === target.network && account === target.account);
}

function noAccount({ network, account }: Target, { socialAccounts = [] }: ExecutorSettings): string {
  const held = socialAccounts.map((each) => each.account).join(', ') || 'none';
  return `The executor holds no account ${account} on ${network}; add it to MANDATE_SOCIAL_ACCOUNTS (now: ${held}).`;
}

function charactersIn(text: string): number {
  const counted = text.replaceAll(/https?:\/\/\S+/gi, 'x'.repeat(LINK_CHARACTERS));
  return [...new Intl.Segmenter().segment(counted)].length;
}
