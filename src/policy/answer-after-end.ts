import type { DecisionAnswer, InboxItem } from '../contract/approval-request.ts';
import type { Verdict } from '../contract/approval.ts';
import { isDecidedByVotes, isOpen, standing, voteText } from './standing.ts';

/** What a request that has ended answers to a decision: how it ended, and by whom. */
export function answerAfterEnd(item: InboxItem): DecisionAnswer {
  const { deadline, default: applied, endedBecause, votes } = item;
  const status = endOf(item);
  if (status === 'expired') {
    const message = `The deadline ${deadline} has passed: the request has ended as ${standing(item)}.`;
    return { outcome: 'TooLate', status, message, deadline, ...(applied === undefined ? {} : { default: applied }) };
  }
  const deciding = isDecidedByVotes(item) ? votes : [];
  const why = endedBecause ?? deciding.map(voteText).join('; ');
  const message = `The request has ended: it is ${status}${why === '' ? '' : `, ${why}`}.`;
  return { outcome: 'AlreadyDecided', status, message };
}

/** The same where the decision may have been what ended it: the request's own votes say whether it was one of them. */
export function answerOfVotes(item: InboxItem, by: string | undefined, verdict: Verdict): DecisionAnswer {
  const counted = item.votes.some((vote) => vote.by === by && vote.verdict === verdict);
  return counted ? { outcome: 'accepted', status: endOf(item) } : answerAfterEnd(item);
}

/** One that was terminated could not say so itself. */
function endOf(item: InboxItem): InboxItem['status'] {
  return isOpen(item) ? 'cancelled' : item.status;
}
