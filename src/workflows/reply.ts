import { isCancellation, log, workflowInfo } from '@temporalio/workflow';
import { ReplyInput } from '../contract/reply.ts';
import type { ReplyJudgement, ReplyOutcome } from '../contract/reply.ts';
import type { DecisionAnswer } from '../contract/approval-request.ts';
import { parseInput } from '../failures.ts';
import { answers, replies } from './activities.ts';
import { createRecorder } from './recorder.ts';

/**
 * Takes what a person answered to a message of ours, by mail or on the page, as far as it is a decision, and tells its
 * sender what became of it. Fails closed: what is not proven to be a decision is recorded as refused, and decides nothing.
 */
export async function reply(input: unknown): Promise<ReplyOutcome> {
  const given = parseInput(ReplyInput, input, `Reply ${workflowInfo().workflowId}`);
  const judged = await replies.judgeReply(given);
  const answer = judged.kind === 'decision' ? await replies.decideByMail(judged) : undefined;
  await recordRefusal(judged, given.evidence.via, answer);
  await answerSender(given, judged, answer);
  if (judged.kind === 'decision' && answer !== undefined) {
    return { outcome: 'decided', requestId: judged.requestId, answer };
  }
  return { outcome: 'refused', why: judged.kind === 'refused' ? judged.why : 'no_decision' };
}

async function recordRefusal(
  judged: ReplyJudgement,
  via: 'mail' | 'link',
  answer: DecisionAnswer | undefined,
): Promise<void> {
  if (answer?.outcome === 'accepted') return;
  const { run, requestId, messageId } = judged;
  const recorder = createRecorder(run, null);
  recorder.note('mail.refused', {
    via,
    requestId,
    messageId,
    ...(judged.kind === 'refused'
      ? { why: judged.why, from: judged.from }
      : { why: answer?.outcome ?? 'Invalid', verdict: judged.verdict, decisionId: judged.decisionId }),
  });
  await recorder.flush();
}

/** A sender who cannot be told is no reason to fail: what was decided stays decided. */
async function answerSender(given: ReplyInput, judged: ReplyJudgement, answer?: DecisionAnswer): Promise<void> {
  if (judged.sender === null) return;
  try {
    await answers.answerSender({ ...given, judged, ...(answer === undefined ? {} : { answer }) });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the sender of a mail could not be told what became of it', { error: String(error) });
  }
}
