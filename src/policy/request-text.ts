import type { InboxItem } from '../contract/approval-request.ts';
import type { Json } from '../contract/json.ts';
import { isReversible, Kind } from '../contract/kinds.ts';
import { jsonText, pairs, plain } from './plain-text.ts';
import { isOpen, standing, voteText } from './standing.ts';

/** Where in a run a request was made, as the run itself tells it. */
export interface Place {
  readonly stage?: string | undefined;
  readonly agentId?: string | undefined;
}

/**
 * A request for a decision, whole: what would be done, exactly, by whom it is wanted, and what happens when nobody
 * decides. Nothing that others wrote can begin a line. `timeText` writes a time as its reader does.
 */
export function requestText(item: InboxItem, timeText: (iso: string) => string, place: Place = {}): string {
  return pairs(requestRows(item, timeText, place));
}

/** The same as names and values; a value of several lines has none that could be taken for another row. */
export function requestRows(
  item: InboxItem,
  timeText: (iso: string) => string,
  place: Place = {},
): readonly (readonly [name: string, value: string | undefined])[] {
  const { action, runId, barred, groups, editable } = item;
  const { agent, titledBy, reason, nonDelegable, ...context } = item.context;
  // Proposals name their agent themselves; a gate's request has none.
  const proposer = typeof agent === 'string' ? agent : undefined;
  const deciders = item.approvers
    .filter((id) => !barred.includes(id))
    .map(plain)
    .join(', ');
  return [
    ['request', plain(item.requestId)],
    ['title', titleText(item.title, optional(typeof titledBy === 'string' ? titledBy : undefined))],
    ['reason', reason === undefined ? undefined : quoted(reason)],
    ['agent', optional(proposer ?? place.agentId)],
    ['stage', optional(item.stage ?? place.stage)],
    ['run', optional(runId)],
    ['requester', plain(item.requester)],
    ['kind', plain(action.kind)],
    ['target', jsonText(action.target, 2)],
    ['payload', jsonText(action.payload, 2)],
    ['context', Object.keys(context).length === 0 ? undefined : jsonText(context, 2)],
    ['digest', item.digest],
    ['risk', optional(item.risk)],
    ['reversible', reversibleText(item)],
    ['WARNING', nonDelegable === undefined ? undefined : warningText(nonDelegable, item.digest)],
    isOpen(item) ? ['may decide', `${deciders}; needed: ${needsText(item)}`] : ['asked', deciders],
    ['groups', groups.length === 0 ? undefined : groups.map(plain).join(', ')],
    ['editable', editable.length === 0 ? undefined : editable.map(plain).join(', ')],
    [
      'edited',
      item.digests.length === 1 ? undefined : `an approver has changed it; first it was ${item.digests[0] ?? ''}`,
    ],
    ['votes', item.votes.length === 0 ? undefined : item.votes.map(voteText).join('; ')],
    // What silence would mean is of no more use once it has ended.
    isOpen(item)
      ? ['deadline', `${timeText(item.deadline)}; then ${defaultText(item)}`]
      : ['status', endText(item, timeText)],
  ];
}

function endText(item: InboxItem, timeText: (iso: string) => string): string {
  const { status, deadline, endedBecause } = item;
  const why = status === 'expired' ? `not decided by ${timeText(deadline)}` : endedBecause;
  return `${standing(item)}: ${why === undefined ? '' : `${plain(why)}; `}it has ended, and takes no decision any more`;
}

function optional(text: string | undefined): string | undefined {
  return text === undefined ? undefined : plain(text);
}

/** An agent may call its action what it likes, so that is not to be taken for the house's own word. */
function titleText(title: string, proposer: string | undefined): string {
  return proposer === undefined ? plain(title) : `${jsonText(title)} (the words of agent ${proposer})`;
}

/** Others' words over several lines, none of which can be taken for one of ours. */
function quoted(words: Json): string {
  const text = typeof words === 'string' ? words : jsonText(words, 2);
  return text
    .split('\n')
    .map((line) => `| ${plain(line)}`)
    .join('\n');
}

function reversibleText({ action, irreversible }: InboxItem): string | undefined {
  if (irreversible) return 'no: it cannot be undone';
  const known = Kind.safeParse(action.kind);
  return known.success && isReversible(known.data) ? 'yes' : undefined;
}

/** What an approval alone will not do. */
function warningText(nonDelegable: Json, digest: string): string {
  const classes = Array.isArray(nonDelegable) ? nonDelegable.map(String) : [jsonText(nonDelegable)];
  return [
    `Nobody may delegate this: ${classes.map(plain).join(', ')}. Even approved, it is refused unless a founder attests anew:`,
    ...classes.map((name) => `mandate attest --digest ${digest} --scope ${plain(name)} --evidence ... --key ...`),
  ].join('\n');
}

const DEFAULTS: Readonly<Record<string, string>> = {
  reject: 'it counts as rejected',
  approve: 'it counts as approved',
  suspend: 'it stays open, and what waits for it stands still',
  escalate: 'the next circle is asked',
  cancelRun: 'the run is cancelled',
};

/** What happens at the deadline. */
function defaultText({ onTimeout }: Pick<InboxItem, 'onTimeout'>): string {
  return DEFAULTS[onTimeout] ?? plain(onTimeout);
}

/** How many approvals are missing. */
export function needsText({ needs }: Pick<InboxItem, 'needs'>): string {
  const { approvals, groups } = needs as { approvals?: number; groups?: { group: string; approvals: number }[] };
  const byGroup = (groups ?? []).map(({ group, approvals: count }) => `${count} of ${plain(group)}`);
  return byGroup.length > 0 ? byGroup.join(', ') : `${approvals ?? '?'} more`;
}
