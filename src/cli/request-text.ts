import type { InboxItem } from '../client.ts';
import { pairs } from './output.ts';
import { jsonText, plain } from './screen-text.ts';
import { deadlineText } from './times.ts';

/** A request for a decision, whole: what would be done, exactly, and what happens when nobody decides. */
export function requestText(item: InboxItem): string {
  const { action, context } = item;
  return pairs([
    ['request', plain(item.requestId)],
    ['title', plain(item.title)],
    ['asked by', plain(item.requester)],
    ['kind', plain(action.kind)],
    ['target', jsonText(action.target, 2)],
    ['payload', jsonText(action.payload, 2)],
    ['context', Object.keys(context).length === 0 ? undefined : jsonText(context, 2)],
    ['digest', item.digest],
    ['risk', item.risk === undefined ? undefined : plain(item.risk)],
    ['may decide', `${item.approvers.map(plain).join(', ')}; needed: ${needsText(item)}`],
    ['votes', item.votes.length === 0 ? undefined : item.votes.map(voteText).join('; ')],
    ['deadline', `${deadlineText(item.deadline)}; then ${DEFAULTS[item.onTimeout] ?? item.onTimeout}`],
  ]);
}

const DEFAULTS: Readonly<Record<string, string>> = {
  reject: 'it counts as rejected',
  approve: 'it counts as approved',
  suspend: 'it stays open and the run pauses',
  escalate: 'the next circle is asked',
  cancelRun: 'the run is cancelled',
};

/** How many approvals are missing. */
export function needsText({ needs }: InboxItem): string {
  const { approvals, groups } = needs as { approvals?: number; groups?: { group: string; approvals: number }[] };
  const byGroup = (groups ?? []).map(({ group, approvals: count }) => `${count} of ${plain(group)}`);
  return byGroup.length > 0 ? byGroup.join(', ') : `${approvals ?? '?'} more`;
}

function voteText({ by, verdict, reason }: InboxItem['votes'][number]): string {
  return `${plain(by)} ${verdict === 'approve' ? 'approved' : 'rejected'}${reason === undefined ? '' : ` (${plain(reason)})`}`;
}
