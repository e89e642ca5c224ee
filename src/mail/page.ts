import { WorkflowFailedError } from '@temporalio/client';
import type { WorkflowClient } from '@temporalio/client';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { DECIDE, readLink } from '../activities/mail/link.ts';
import type { LinkSubject, MailSecret } from '../activities/mail/mail-secret.ts';
import type { InboxItem } from '../contract/approval-request.ts';
import type { Verdict } from '../contract/approval.ts';
import { replyWorkflowId } from '../contract/ids.ts';
import type { LinkEvidence, ReplyOutcome } from '../contract/reply.ts';
import { lookUpRequest } from '../look-up-request.ts';
import { MandateError } from '../mandate-error.ts';
import { outcomeText } from '../policy/answer-mail.ts';
import { isOpen, standing } from '../policy/standing.ts';
import { evidenceText, handOver } from './evidence.ts';
import { closedPage, CONTENT_POLICY, messagePage, requestPage } from './page-html.ts';

export interface PageOptions {
  readonly workflows: WorkflowClient;
  readonly secret: MailSecret;
}

// Of the longest reason, with each of its characters encoded as a form does.
const MAX_BODY_BYTES = 128 * 1024;
const MAX_REASON = 10_000;
const QUERY_WITHIN_MS = 10_000;
const ANSWER_WITHIN_MS = 30_000;

const HEADERS = {
  'Content-Security-Policy': CONTENT_POLICY,
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'X-Robots-Tag': 'noindex',
};

/**
 * The page that the links in our messages lead to. Only a POST from the page itself decides: whatever follows links,
 * such as a mail scanner, changes nothing.
 */
export function createPage(options: PageOptions): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
  });
  app.get(`/${DECIDE}`, (context) => show(context, options));
  app.post(
    `/${DECIDE}`,
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (context) => {
        // What is left of it is not read, so that nothing can follow on this connection.
        context.header('Connection', 'close');
        return context.html(messagePage('Too long', 'What was sent is too long. Nothing was decided.'), 413);
      },
    }),
    (context) => decide(context, options),
  );
  app.all(`/${DECIDE}`, (context) => {
    context.header('Allow', 'GET, HEAD, POST');
    return context.html(messagePage('Not allowed', 'This page can be read, and its form can be sent.'), 405);
  });
  app.notFound((context) => context.html(messagePage('Not found', 'There is nothing here.'), 404));
  app.onError((_error, context) =>
    context.html(
      messagePage('Not now', 'This does not work at the moment. Nothing was decided; try again later.'),
      503,
    ),
  );
  return app;
}

async function show(context: Context, options: PageOptions): Promise<Response> {
  const link = linkOf(context, options);
  if (link === undefined) return notOurs(context);
  const item = await find(link, options);
  return item instanceof MandateError ? gone(context, item) : shown(context, link, item);
}

async function decide(context: Context, options: PageOptions): Promise<Response> {
  if (!isFromPage(context)) {
    return context.html(
      messagePage(
        'Refused',
        'This was not sent from the page itself. Nothing was decided; open the link, and decide there.',
      ),
      403,
    );
  }
  const link = linkOf(context, options);
  if (link === undefined) return notOurs(context);
  const form = await context.req.parseBody().catch(() => ({}));
  const given = readForm(form);
  if (typeof given === 'string') {
    const item = await find(link, options);
    return item instanceof MandateError ? gone(context, item) : shown(context, link, item, given);
  }
  const outcome = await answered({ ...link, ...given }, options);
  if (outcome === 'failed') {
    return context.html(
      messagePage(
        'Not judged',
        'Your decision could not be judged; its workflow in Temporal says why. Decide in another way.',
      ),
      500,
    );
  }
  if (outcome === 'unknown') {
    return context.html(
      messagePage(
        'Not known',
        'It is not known whether your decision was taken. Look at the request again; the same decision, sent again, counts once.',
      ),
      503,
    );
  }
  if (outcome === undefined) {
    return context.html(
      messagePage('Taken', 'Your decision was taken, and has not been judged yet. Look at the request again later.'),
      202,
    );
  }
  return context.html(messagePage(...wordsFor(outcome, given.verdict)), outcome.outcome === 'decided' ? 200 : 409);
}

function linkOf({ req }: Context, { secret }: PageOptions): LinkSubject | undefined {
  return readLink(new URL(req.url).searchParams, secret);
}

function notOurs(context: Context): Response | Promise<Response> {
  return context.html(messagePage('Not found', 'This is no link of ours, or only a part of one.'), 404);
}

function gone(context: Context, { type, message }: MandateError): Response | Promise<Response> {
  const what = type === 'UnknownRequest' ? 'This request has ended and is no longer kept.' : message;
  return context.html(messagePage('There is nothing to decide', what), 410);
}

function shown(context: Context, link: LinkSubject, item: InboxItem, fault?: string): Response | Promise<Response> {
  if (!isOpen(item)) {
    const why = item.endedBecause === undefined ? '' : `, ${item.endedBecause}`;
    return context.html(closedPage(item, `This request has ended: ${standing(item)}${why}.`), 410);
  }
  if (item.digest !== link.digest) {
    const why =
      'The action has been changed since this link was sent to you. A newer message has a link to what it is now.';
    return context.html(closedPage(item, why), 409);
  }
  const { search } = new URL(context.req.url);
  // Relative, since a proxy may have this page under another path.
  return context.html(requestPage(item, link.person, `${DECIDE}${search}`, fault), fault === undefined ? 200 : 400);
}

async function find({ requestId }: LinkSubject, { workflows }: PageOptions): Promise<InboxItem | MandateError> {
  try {
    return await workflows.withDeadline(Date.now() + QUERY_WITHIN_MS, () => lookUpRequest(workflows, requestId));
  } catch (error) {
    // Gone, or refused before anybody was to decide.
    if (error instanceof MandateError) return error;
    throw error;
  }
}

/** A browser says where a form was sent from; whoever does not say it, or was sent from elsewhere, decides nothing. */
function isFromPage({ req }: Context): boolean {
  const site = req.header('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  const origin = req.header('origin');
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === req.header('host');
}

interface Given {
  readonly verdict: Verdict;
  readonly reason?: string;
}

/** What the form says, or what is wrong with it. */
function readForm({ verdict, reason = '' }: Record<string, unknown>): Given | string {
  if (verdict !== 'approve' && verdict !== 'reject') return 'Choose to approve or to reject. Nothing was decided.';
  if (typeof reason !== 'string') return 'The reason must be text. Nothing was decided.';
  const text = evidenceText(reason.trim());
  if (text.length > MAX_REASON) return `The reason has more than ${MAX_REASON} characters. Nothing was decided.`;
  if (verdict === 'reject' && text === '') return 'A rejection needs a reason. Nothing was decided.';
  return { verdict, ...(text === '' ? {} : { reason: text }) };
}

/**
 * What became of a decision; undefined while it is not judged, and `unknown` where even that it was taken is. Sent twice,
 * it is the same one.
 */
async function answered(
  decision: LinkSubject & Given,
  { workflows, secret }: PageOptions,
): Promise<ReplyOutcome | 'failed' | 'unknown' | undefined> {
  const id = secret.evidenceId({ via: 'link', ...decision });
  const evidence: LinkEvidence = { via: 'link', id, ...decision, receivedAt: new Date().toISOString() };
  try {
    await handOver(workflows, secret, evidence);
  } catch {
    // It may be there all the same, and only the answer lost.
    return 'unknown';
  }
  try {
    return await workflows.withDeadline(
      Date.now() + ANSWER_WITHIN_MS,
      () => workflows.getHandle(replyWorkflowId(id)).result() as Promise<ReplyOutcome>,
    );
  } catch (error) {
    return error instanceof WorkflowFailedError ? 'failed' : undefined;
  }
}

function wordsFor(outcome: ReplyOutcome, verdict: Verdict): [title: string, text: string] {
  if (outcome.outcome === 'decided') {
    const { answer } = outcome;
    return [answer.outcome === 'accepted' ? 'Decided' : 'Refused', outcomeText(verdict, answer)];
  }
  switch (outcome.why) {
    case 'used_token':
      return ['Used already', 'This link, or the message that it came with, has been used already: each counts once.'];
    case 'not_an_approver':
      return ['Refused', 'The person whom this link was sent to is no longer known here under that address.'];
    case 'forged':
    case 'not_a_reply':
    case 'bad_token':
    case 'unauthenticated':
    case 'automatic':
    case 'no_decision':
      return ['Refused', 'This link is none that could be used. Nothing was decided.'];
  }
}
