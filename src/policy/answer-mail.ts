import type { DecisionAnswer } from '../contract/approval-request.ts';
import type { Verdict } from '../contract/approval.ts';
import type { MailEvidence, ReplyRefusal } from '../contract/reply.ts';
import type { MailText } from './approval-mail.ts';
import { plain } from './plain-text.ts';
import { standing } from './standing.ts';

const HOW = `To decide, answer the message that asked you. The first line of your answer must be exactly APPROVE, or REJECT: and
your reason. Leave the quotation below it as it is: it holds the code, which counts once.`;

const WHY: Readonly<Record<Exclude<ReplyRefusal, 'forged' | 'automatic'>, string>> = {
  not_a_reply: 'It answers no message that asked you to decide.',
  bad_token:
    'It does not carry the code of the message that it answers: the quotation with the code was missing or changed.',
  used_token: 'The code of the message that it answers has been used already; each counts once.',
  not_an_approver: 'It does not come from the address, and only that one, that the message was written to.',
  unauthenticated:
    'Your mail server did not prove that it comes from you (DKIM or SPF, for the domain of your address). If you did not write it, somebody else did in your name.',
  no_decision: 'Its first line is not exactly APPROVE or REJECT, with or without a reason behind a colon.',
};

const UNREAD: Readonly<Record<NonNullable<MailEvidence['unread']>, string>> = {
  too_large: 'It is larger than 1 MB, and was not read. Answer without attachments.',
  broken: 'It could not be read. Answer in plain text.',
};

/** Tells the sender of a mail, once, that it is no decision, why, and how to decide. */
export function refusalMail(subject: string, why: keyof typeof WHY, unread?: MailEvidence['unread']): MailText {
  const because = why === 'no_decision' && unread !== undefined ? UNREAD[unread] : WHY[why];
  return mail(subject, [`Your message was not taken as a decision. ${because}`, HOW, NOT_AGAIN]);
}

const NOT_AGAIN = 'You are told this once; further messages of this kind are not answered.';

/** Tells a person what became of the decision that was read from a mail. */
export function outcomeMail(subject: string, verdict: Verdict, answer: DecisionAnswer): MailText {
  return mail(subject, [outcomeText(verdict, answer)]);
}

/** The same in a sentence or two. */
export function outcomeText(verdict: Verdict, answer: DecisionAnswer): string {
  const { outcome, message, deadline } = answer;
  const stands = STANDS[answer.status] ?? standing(answer);
  const word = verdict === 'approve' ? 'approval' : 'rejection';
  if (outcome === 'accepted') return `Your ${word} counts. The request is ${stands}.`;
  const why =
    outcome === 'TooLate' && deadline !== undefined ? `${EXPLAINED.TooLate} (${deadline})` : EXPLAINED[outcome];
  const said = message === undefined ? '' : ` ${plain(message)}`;
  return `Your ${word} was refused as ${outcome}: ${why}. The request is ${stands}.${said}`;
}

const STANDS: Readonly<Record<string, string>> = {
  pending: 'still open for others',
  suspended: 'overdue, and still open for others',
};

const EXPLAINED: Readonly<Record<Exclude<DecisionAnswer['outcome'], 'accepted'>, string>> = {
  AlreadyDecided: 'the request had ended already',
  TooLate: 'it came at or after the deadline',
  NotAnApprover: 'you are not, or no longer, asked about it',
  SelfApproval: 'whoever asks for it may not decide it',
  DigestMismatch:
    'the action has been changed since that message; answer the newer message, which shows it as it is now',
  AlreadyVoted: 'you had decided already, and the first decision counts',
  Frozen: 'it is frozen by an operator; decide again when it is not',
  Invalid: 'it could not be used; decide on the page or with the command line',
};

function mail(subject: string, paragraphs: readonly string[]): MailText {
  return { subject: subject.startsWith('Re: ') ? subject : `Re: ${subject}`, text: `${paragraphs.join('\n\n')}\n` };
}
