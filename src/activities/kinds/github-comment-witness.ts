import { z } from 'zod';
import type { Draft } from '../../contract/draft.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { GitHub } from './github-api.ts';
import { marker } from './github-marker.ts';
import type { Witnessed } from './kind.ts';
import { readUrl } from './provider-answer.ts';

interface Issue {
  readonly repo: string;
  readonly issue: number;
}

const Comment = z.object({
  id: z.union([z.number(), z.bigint()]),
  html_url: z.unknown(),
  body: z.string().nullish(),
  user: z.object({ id: z.number() }).nullish(),
});
type Comment = z.infer<typeof Comment>;

// Source: the most that GitHub gives in a page.
const PAGE = 100;
// 1,000 comments since the draft was made; beyond that a person looks faster.
const MAX_PAGES = 10;
// The clocks of the two machines may differ by so much.
const SKEW_MS = 3_600_000;

/**
 * Looks for the comment that bears a draft's marker and was written by whoever the token is of. Anybody may paste a
 * marker, so somebody else's comment proves nothing.
 */
export async function findComment(github: GitHub, draft: Draft, issue: Issue, signal: AbortSignal): Promise<Witnessed> {
  const marked = await commentsWith(marker(draft.id), github, draft, issue, signal);
  const name = `${issue.repo}#${issue.issue}`;
  if (marked.length === 0) return { unknown: `No comment on ${name} bears the marker of this draft.` };

  const me = await github.ask('GET /user', {}, signal);
  const user = z.object({ id: z.number() }).safeParse(me.data);
  if (me.status !== 200 || !user.success) {
    const urls = marked.map((comment) => readUrl(comment.html_url, github.token) ?? name).join(', ');
    return {
      unknown: `${urls} bears the marker of this draft, but GitHub does not tell this token who it is (${me.status}): see whether the executor wrote it.`,
    };
  }
  const ours = marked.find((comment) => comment.user?.id === user.data.id);
  if (ours === undefined) return { unknown: `Somebody else wrote what bears the marker of this draft on ${name}.` };
  return { happened: commentReceipt(issue, ours, github.token) ?? { ...issue } };
}

/** What is kept of a comment that GitHub told; undefined when it is none. */
export function commentReceipt({ repo, issue }: Issue, data: unknown, token: string): JsonObject | undefined {
  const comment = Comment.safeParse(data);
  const url = comment.success ? readUrl(comment.data.html_url, token) : undefined;
  if (!comment.success || url === undefined) return undefined;
  return { repo, issue, url, commentId: String(comment.data.id) };
}

async function commentsWith(
  end: string,
  github: GitHub,
  draft: Draft,
  { repo: path, issue }: Issue,
  signal: AbortSignal,
): Promise<Comment[]> {
  const [owner, repo] = path.split('/');
  const since = new Date(Date.parse(draft.createdAt) - SKEW_MS).toISOString();
  const found: Comment[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    // Pages are counted rather than followed: an answer must not say where the token goes next.
    const answer = await github.ask(
      'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
      { owner, repo, issue_number: issue, per_page: PAGE, page, since },
      signal,
    );
    const comments = z.array(Comment).safeParse(answer.data);
    if (answer.status !== 200 || !comments.success) {
      throw new Error(`GitHub does not show the comments on ${path}#${issue}: ${answer.status} ${answer.said}`);
    }
    found.push(...comments.data.filter(({ body }) => body?.trimEnd().endsWith(end)));
    if (!/\brel="next"/.test(answer.header('link') ?? '')) return found;
  }
  throw new Error(`${path}#${issue} has too many comments since ${since} to look through.`);
}
