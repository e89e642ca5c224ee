import type { DecisionAnswer, InboxItem } from '../contract/approval-request.ts';
import { plain } from './plain-text.ts';

/** Whether a decision can still change anything. */
export function isOpen({ status }: Pick<InboxItem, 'status'>): boolean {
  return status === 'pending' || status === 'suspended';
}

/** Whether people's votes have ended it: nothing else that ends a request is theirs. */
export function isDecidedByVotes({ status }: Pick<InboxItem, 'status'>): boolean {
  return status === 'approved' || status === 'rejected';
}

/** How a request stands, in a word; an approval that nobody gave is marked: `expired(approve)`. */
export function standing({ status, default: applied }: Pick<DecisionAnswer, 'status' | 'default'>): string {
  return applied === undefined ? status : `${status}(${applied})`;
}

/** What somebody decided, and why. */
export function voteText({ by, verdict, reason }: InboxItem['votes'][number]): string {
  return `${plain(by)} ${verdict === 'approve' ? 'approved' : 'rejected'}${reason === undefined ? '' : ` (${plain(reason)})`}`;
}
