import { z } from 'zod';
import type { JsonObject } from '../../contract/json.ts';
import type { Witnessed } from './kind.ts';
import type { Mastodon } from './mastodon-api.ts';
import { readUrl } from './provider-answer.ts';

interface Post {
  readonly network: string;
  readonly account: string;
  readonly text: string;
  /** When the attempt began, at the earliest. */
  readonly notBefore: string;
}

const Id = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/);
const Status = z.object({ id: Id, url: z.unknown(), uri: z.unknown() });
const Listed = Status.extend({
  created_at: z.string(),
  application: z.object({ name: z.string() }).nullish(),
});
type Listed = z.infer<typeof Listed>;

// Source: the most that Mastodon gives in a page.
const PAGE = 40;
// 200 posts since the attempt; beyond that a person looks faster.
const MAX_PAGES = 5;

/**
 * Looks for the one status of the account that has this text, was made since the attempt began, and came through the
 * executor's own application: a person who posts the same text does so through another. Two such prove nothing.
 */
export async function findStatus(mastodon: Mastodon, post: Post, signal: AbortSignal): Promise<Witnessed> {
  const me = await read(mastodon, '/api/v1/accounts/verify_credentials', z.object({ id: Id }), signal);
  const application = await read(mastodon, '/api/v1/apps/verify_credentials', z.object({ name: z.string() }), signal);
  const recent = await recentStatuses(mastodon, me.id, post.notBefore, signal);

  const ours: Listed[] = [];
  for (const status of recent.filter((each) => each.application?.name === application.name)) {
    const source = await read(mastodon, `/api/v1/statuses/${status.id}/source`, z.object({ text: z.string() }), signal);
    if (asKept(source.text) === asKept(post.text)) ours.push(status);
  }
  const [found, another] = ours;
  if (found === undefined) return { unknown: `${post.account} has no status with this text since ${post.notBefore}.` };
  if (another !== undefined) {
    return { unknown: `${post.account} has ${ours.length} statuses with this text since ${post.notBefore}.` };
  }
  return { happened: statusReceipt(post, found, mastodon.token) ?? { statusId: found.id } };
}

/** What is kept of a status that the instance told; undefined when it is none. */
export function statusReceipt(
  { network, account }: Pick<Post, 'network' | 'account'>,
  data: unknown,
  token: string,
): JsonObject | undefined {
  const status = Status.safeParse(data);
  if (!status.success) return undefined;
  const url = readUrl(status.data.url, token) ?? readUrl(status.data.uri, token);
  return url === undefined ? undefined : { network, account, url, statusId: status.data.id };
}

async function recentStatuses(
  mastodon: Mastodon,
  account: string,
  notBefore: string,
  signal: AbortSignal,
): Promise<Listed[]> {
  const recent: Listed[] = [];
  let below = '';
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const path = `/api/v1/accounts/${account}/statuses?limit=${PAGE}&exclude_reblogs=true${below}`;
    const statuses = await read(mastodon, path, z.array(Listed), signal);
    recent.push(...statuses.filter((each) => Date.parse(each.created_at) >= Date.parse(notBefore)));
    const last = statuses.at(-1);
    if (last === undefined || Date.parse(last.created_at) < Date.parse(notBefore)) return recent;
    below = `&max_id=${last.id}`;
  }
  throw new Error(`The account has too many statuses since ${notBefore} to look through`);
}

async function read<Answer>(
  mastodon: Mastodon,
  path: string,
  shape: z.ZodType<Answer>,
  signal: AbortSignal,
): Promise<Answer> {
  const answer = await mastodon.get(path, signal);
  const data = shape.safeParse(answer.data);
  if (answer.status === 200 && data.success) return data.data;
  throw new Error(`${path.split('?')[0]} answered ${answer.status} ${answer.said}`.trim());
}

/** Mastodon keeps a text without the white space around it. */
export function asKept(text: string): string {
  return text.replaceAll('\r\n', '\n').trim();
}
