import { z } from 'zod';
import { Text } from '../../contract/text.ts';
import { classifyComment } from '../../policy/classify/comment.ts';
import { classesOf } from '../../policy/classify/finding.ts';
import { openGitHub } from './github-api.ts';
import { commentReceipt, findComment } from './github-comment-witness.ts';
import { isAllowed, Repo } from './github-settings.ts';
import { holdsMarker, MAX_MARKER, withMarker } from './github-marker.ts';
import type { KindDefinition } from './kind.ts';
import { judgeRefusal, sendEffect } from './provider-answer.ts';

// Source: GitHub refuses a longer body. The marker needs its room in it.
const MAX_BODY = 65_536 - MAX_MARKER;

const Target = z.strictObject({
  repo: Repo,
  issue: z.int().min(1).max(2_147_483_647),
});
const Payload = z.strictObject({
  body: Text.max(MAX_BODY)
    .refine((body) => /\S/.test(body), 'must not be blank')
    .refine((body) => !holdsMarker(body), 'must not hold the marker by which a comment of Mandate is found again'),
});

const NO_TOKEN = 'The executor has no MANDATE_GITHUB_TOKEN to comment with.';

/** A comment on an issue or a pull request, with a hidden marker by which it is found again. */
export const githubComment: KindDefinition<z.infer<typeof Target>, z.infer<typeof Payload>> = {
  target: Target,
  payload: Payload,
  reversible: false,
  summarize: ({ repo, issue }) => `Comment on ${repo}#${issue}`,
  nonDelegable: (_target, { body }) => classesOf(classifyComment(body)),
  async obstacle({ target: { repo }, settings: { github } }) {
    if (github?.token === undefined) return NO_TOKEN;
    if (isAllowed(repo, github.repos)) return undefined;
    return `${repo} is not on the executor's list; add it to MANDATE_GITHUB_REPOS (now: ${github.repos.join(', ') || 'none'}).`;
  },
  async act({ draft, target, payload, settings, signal }) {
    const github = settings.github && openGitHub(settings.github);
    if (github === undefined) return { failed: NO_TOKEN };
    const what = `Comment on ${target.repo}#${target.issue}`;
    const [owner, repo] = target.repo.split('/');
    const comment = { owner, repo, issue_number: target.issue, body: withMarker(payload.body, draft.id) };
    const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
    const sent = await sendEffect(what, () => github.ask(route, comment, signal));
    if ('failed' in sent) return sent;
    if (sent.answer.status !== 201) return judgeRefusal(what, sent.answer);

    const receipt = commentReceipt(target, sent.answer.data, github.token);
    if (receipt !== undefined) return { happened: receipt };
    // It was made, says the status. The address was lost with the rest of the answer, and may be found by looking.
    const found = await findComment(github, draft, target, signal).catch(() => undefined);
    return found !== undefined && 'happened' in found ? found : { happened: { ...target, status: 201 } };
  },
  async witness({ draft, target, settings, signal }) {
    const github = settings.github && openGitHub(settings.github);
    if (github === undefined) return { unknown: NO_TOKEN };
    return findComment(github, draft, target, signal);
  },
};
