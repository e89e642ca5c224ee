import type { InboxItem } from '../contract/approval-request.ts';
import type { NotificationClass } from '../contract/notification.ts';
import { plain } from './plain-text.ts';
import { requestText } from './request-text.ts';
import { standing, voteText } from './standing.ts';

/** A subject and a plain text: all that we ever write to people. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
}

/** By what the person may answer. */
export interface WaysToAnswer {
  /** Stands in the message once; a reply that quotes it carries it. */
  readonly token: string;
  /** A page that decides; none where there is no page. */
  readonly link?: string | undefined;
}

/** The classes that people are written about, and the first line of each. */
const OPENINGS: Readonly<Partial<Record<NotificationClass, string>>> = {
  approval_required: 'You are asked to decide about this request.',
  approval_reminder: 'This request still waits for your decision.',
  approval_escalated: 'This request was not decided in time, and now you are asked too.',
  approval_edited:
    'An approver changed the action of this request, and it is to be decided anew. What was answered before does not count any more.',
};

/** Whether people are written to about a class. */
export function isAboutRequest(its: NotificationClass): boolean {
  return its in OPENINGS || its === 'approval_ended';
}

/**
 * Asks one person for a decision. What others wrote stands below what is ours, and none of it can begin a line: nobody
 * can forge the code, or how to answer.
 */
export function askingMail(its: NotificationClass, item: InboxItem, { token, link }: WaysToAnswer): MailText {
  const text = [
    OPENINGS[its] ?? '',
    HOW_TO_ANSWER,
    `Code: ${token}`,
    ...(link === undefined ? [] : [`Or decide on this page, without answering:\n${link}`]),
    `The request, as it is to be decided:`,
    requestText(item, timeText),
  ];
  return { subject: subjectOf(item), text: `${text.join('\n\n')}\n` };
}

const HOW_TO_ANSWER = `To decide, answer this message. The first line of your answer must be exactly

APPROVE

or

REJECT: and your reason

Keep the code below in the quotation of this message: without it your answer does not count. It is yours alone and
counts once; do not pass it on.`;

/** Tells one person how a request ended; there is nothing to answer. */
export function endedMail(item: InboxItem, happened: string): MailText {
  const votes = item.votes.map(voteText);
  const text = [
    'A request that you were asked about has ended. There is nothing more to decide: codes and pages of earlier messages do not count any more.',
    plain(happened),
    `status: ${standing(item)}${item.status === 'expired' ? ': nobody decided in time' : ''}`,
    ...(votes.length === 0 ? [] : [`decided by: ${votes.join('; ')}`]),
    requestText(item, timeText),
  ];
  return { subject: subjectOf(item), text: `${text.join('\n\n')}\n` };
}

/** The subject of every message about a request. */
export function subjectOf({ title }: Pick<InboxItem, 'title'>): string {
  return `[Mandate approval] ${plain(Array.from(title).slice(0, MAX_TITLE).join(''))}`;
}

// Source of the number: the specification of these messages.
const MAX_TITLE = 80;

function timeText(iso: string): string {
  return new Date(iso).toUTCString();
}
