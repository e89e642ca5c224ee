import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { DecisionAnswer, InboxItem } from '../contract/approval-request.ts';
import { ApplicationFailure } from '@temporalio/common';
import { MAIL_PROOF_PREFIX } from '../contract/decision-wire.ts';
import { approvalWorkflowId } from '../contract/ids.ts';
import type { Correspondent, ReplyInput, ReplyJudgement } from '../contract/reply.ts';
import { lookUpRequest } from '../look-up-request.ts';
import { MandateError } from '../mandate-error.ts';
import { answerAfterEnd, answerOfVotes } from '../policy/answer-after-end.ts';
import { outcomeMail, refusalMail } from '../policy/answer-mail.ts';
import type { MailText } from '../policy/approval-mail.ts';
import { messageIds } from '../policy/sender.ts';
import { isOpen } from '../policy/standing.ts';
import type { MailDecision } from '../store/mails.ts';
import type { Store } from '../store/open.ts';
import { judgeLink, judgeMail } from './mail/judge-reply.ts';
import { createMailer } from './mail/mailer.ts';
import { mailSecret } from './mail/mail-secret.ts';
import type { MailSecret } from './mail/mail-secret.ts';

type Decided = Extract<ReplyJudgement, { kind: 'decision' }>;

/** What becomes of what people answered: judged, decided, and answered where it may be. */
export interface ReplyActivities {
  judgeReply(input: ReplyInput): Promise<ReplyJudgement>;
  decideByMail(decision: Decided): Promise<DecisionAnswer>;
  answerSender(input: AnswerInput): Promise<void>;
}

export interface AnswerInput extends ReplyInput {
  readonly judged: ReplyJudgement;
  /** What became of it, where it was a decision. */
  readonly answer?: DecisionAnswer;
}

export interface ReplyDeps {
  readonly store: Pick<Store, 'mails' | 'principals'>;
  /** Whatever of mail this worker has; undefined where there is none. */
  readonly secret: string | undefined;
  readonly smtpUrl: string | undefined;
  readonly from: string | undefined;
}

// A page has somebody who waits; a mail is tried again.
const ANSWER_WITHIN_MS = 20_000;

export function createReplyActivities(deps: ReplyDeps): ReplyActivities {
  const { store, smtpUrl, from } = deps;
  const secret = deps.secret === undefined ? undefined : mailSecret(deps.secret);
  const mailer = smtpUrl === undefined || from === undefined ? undefined : createMailer({ smtpUrl, from });

  return {
    async judgeReply({ evidence, signature }) {
      if (!needed(secret).isEvidence(evidence, signature)) {
        return {
          kind: 'refused',
          why: 'forged',
          run: 'mail',
          requestId: null,
          messageId: null,
          from: null,
          sender: null,
        };
      }
      const now = new Date().toISOString();
      if (evidence.via === 'link') return judgeLink(evidence, { store, now });
      return judgeMail(evidence, { store, now, ours: from });
    },

    /**
     * Decides under a decision id that is the same for every attempt, so that it counts once. The update has an id of its
     * own each time: with one that others can guess they could have it answered beforehand.
     */
    async decideByMail({ requestId, decisionId, verdict, reason }) {
      const { client } = Context.current();
      const approval = client.workflow.getHandle(approvalWorkflowId(requestId));
      const decision = {
        verdict,
        ...(reason === undefined ? {} : { reason }),
        decisionId,
        proof: `${MAIL_PROOF_PREFIX}${decisionId}`,
      };
      try {
        return await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
          approval.executeUpdate<DecisionAnswer, [unknown]>('decide', { args: [decision] }),
        );
      } catch (error) {
        const refused = refusalOf(error);
        if (refused === undefined) throw error;
        return refused === 'ended' ? whatCameOfIt(client, requestId, await store.mails.decision(decisionId)) : refused;
      }
    },

    async answerSender({ evidence, judged, answer }) {
      const { sender } = judged;
      if (evidence.via !== 'mail' || sender === null || mailer === undefined || from === undefined) return;
      const text = textFor(sender, judged, evidence.unread, answer);
      if (text === undefined) return;
      const { address, messageId } = sender;
      const now = new Date();
      if (judged.kind === 'refused') {
        const told = {
          messageId: messageId ?? NONE_OF_OURS,
          address,
          answeredTo: evidence.id,
          time: now.toISOString(),
        };
        if (!(await store.mails.mayTell(told))) return;
      }
      const [theirs] = messageIds(evidence.messageId ?? undefined);
      await mailer.send({
        ...text,
        to: address,
        messageId: needed(secret).answerId(evidence.id, from.slice(from.lastIndexOf('@') + 1)),
        date: now,
        autoSubmitted: 'auto-replied',
        thread: [messageId, theirs].filter((id) => id !== null && id !== undefined).filter((id) => PLAIN_ID.test(id)),
      });
    },
  };
}

/** Stands for the message of ours where there is none. */
const NONE_OF_OURS = '-';

// Whatever else somebody calls a message must not come into a header of ours.
const PLAIN_ID = /^<[\x21-\x7e]{1,400}>$/;

/** Without its secret nothing can be judged, and nothing must be lost: it is tried again until there is one. */
function needed(secret: MailSecret | undefined): MailSecret {
  if (secret !== undefined) return secret;
  throw new Error(
    'A reply came, and this worker has no MANDATE_MAIL_SECRET to judge it by; set it, the same as of the role mail.',
  );
}

/** What an approval that is no longer there, or that does not take such a decision, would have answered. */
function refusalOf(error: unknown): DecisionAnswer | 'ended' | undefined {
  if (error instanceof WorkflowNotFoundError) return 'ended';
  if (!(error instanceof WorkflowUpdateFailedError)) return undefined;
  const { cause } = error;
  if (cause instanceof ApplicationFailure && cause.type === 'Invalid') {
    return { outcome: 'Invalid', status: 'pending', message: cause.message };
  }
  return 'ended';
}

/** Of a request that has ended: its own votes say whether this decision was one of them. */
async function whatCameOfIt(
  { workflow }: Client,
  requestId: string,
  sent: MailDecision | undefined,
): Promise<DecisionAnswer> {
  let item: InboxItem;
  try {
    item = await lookUpRequest(workflow, requestId);
  } catch (error) {
    if (!(error instanceof MandateError)) throw error;
    const message = error.type === 'UnknownRequest' ? 'The request is no longer kept.' : error.message;
    return { outcome: 'AlreadyDecided', status: 'cancelled', message };
  }
  // It has not ended after all, and takes the decision at the next attempt.
  if (isOpen(item)) throw new Error(`Request ${requestId} did not take the decision.`);
  return sent === undefined ? answerAfterEnd(item) : answerOfVotes(item, sent.principal, sent.verdict);
}

function textFor(
  { subject }: Correspondent,
  judged: ReplyJudgement,
  unread: Parameters<typeof refusalMail>[2],
  answer: DecisionAnswer | undefined,
): MailText | undefined {
  if (judged.kind === 'decision') return answer && outcomeMail(subject, judged.verdict, answer);
  const { why } = judged;
  return why === 'forged' || why === 'automatic' ? undefined : refusalMail(subject, why, unread);
}
