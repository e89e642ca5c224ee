import type { DecisionAnswer, InboxItem } from '../contract/approval-request.ts';
import type { Verdict } from '../contract/approval.ts';

/** What a request that has ended answers to a decision. */
export function answerAfterEnd(item: InboxItem): DecisionAnswer {
  const { deadline } = item;
  const status = endOf(item);
  const message = `The request has ended: it is ${status}.`;
  return status === 'expired'
    ? { outcome: 'TooLate', status, message, deadline }
    : { outcome: 'AlreadyDecided', status, message };
}

/** The same where the decision may have been what ended it: the request's own votes say whether it was one of them. */
export function answerOfVotes(item: InboxItem, by: string | undefined, verdict: Verdict): DecisionAnswer {
  const counted = item.votes.some((vote) => vote.by === by && vote.verdict === verdict);
  return counted ? { outcome: 'accepted', status: endOf(item) } : answerAfterEnd(item);
}

/** One that was terminated could not say so itself. */
function endOf({ status }: InboxItem): InboxItem['status'] {
  return status === 'pending' || status === 'suspended' ? 'cancelled' : status;
}
