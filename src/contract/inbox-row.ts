import { z } from 'zod';
import type { ApprovalStatus } from './approval.ts';
import type { InboxItem } from './approval-request.ts';
import { isRequest, requestIdOf } from './ids.ts';
import { JsonObject } from './json.ts';
import type { DecisionRecord } from './run.ts';
import { cut } from './text.ts';

/** One open request in a list, read without opening it. Times are ISO 8601, UTC. */
export interface InboxRow {
  readonly requestId: string;
  readonly runId?: string;
  readonly stage?: string;
  readonly title: string;
  readonly kind?: string;
  readonly digest: string;
  readonly priority: string;
  readonly risk?: string;
  readonly requester: string;
  /** Those asked so far, by id. */
  readonly approvers: readonly string[];
  /** Those of them who may not decide: the acting agent, and who made the request unless its rule lets them. */
  readonly barred: readonly string[];
  readonly groups: readonly string[];
  /** Payload fields that an approver may change. */
  readonly editable?: readonly string[];
  readonly createdAt: string;
  readonly deadline: string;
  readonly onTimeout: string;
  readonly needs: JsonObject;
  /** Votes that stand; long reasons are cut. */
  readonly votes: readonly DecisionRecord[];
  readonly status: ApprovalStatus;
  readonly overdue: boolean;
  /** How many of each list do not stand here; the request itself has them all. */
  readonly leftOut?: LeftOut;
  /** The request has not told of itself yet, since no worker has begun it: what is not known is empty. */
  readonly incomplete?: true;
}

interface LeftOut {
  readonly approvers: number;
  readonly groups: number;
  readonly votes: number;
}

/** What of a request its row is made of. */
export type RowSource = Omit<
  InboxItem,
  'action' | 'context' | 'digests' | 'irreversible' | 'level' | 'status' | 'overdue'
>;

/** What the server itself lists of a request. */
export interface Listed {
  readonly workflowId: string;
  readonly memo?: Readonly<Record<string, unknown>> | undefined;
  readonly startTime: Date;
  readonly status?: string | undefined;
  readonly approvers?: readonly string[] | undefined;
  readonly priority?: string | undefined;
  readonly deadline?: Date | undefined;
  readonly run?: string | undefined;
}

// The server refuses a memo of more than 40 KB, and a list of a thousand rows carries as many of them.
const MAX_BYTES = { approvers: 8_000, groups: 4_000, votes: 8_000, editable: 2_000, needs: 2_000 } as const;
const MAX_TEXT = 200;

/** The memo of a request, from which its row is made: at most about 28 KB, whatever the request holds. */
export function rowMemo(item: RowSource): Record<string, unknown> {
  const approvers = fit(item.approvers, MAX_BYTES.approvers);
  const groups = fit(item.groups, MAX_BYTES.groups);
  const votes = fit(item.votes.map(shortVote), MAX_BYTES.votes);
  return {
    title: shortText(item.title),
    kind: shortText(item.kind),
    digest: item.digest,
    priority: item.priority,
    requester: shortText(item.requester),
    onTimeout: item.onTimeout,
    ...(item.risk === undefined ? {} : { risk: shortText(item.risk) }),
    ...(item.runId === undefined ? {} : { runId: shortText(item.runId) }),
    ...(item.stage === undefined ? {} : { stage: shortText(item.stage) }),
    ...(item.editable.length === 0 ? {} : { editable: fit(item.editable, MAX_BYTES.editable) }),
    approvers,
    barred: fit(item.barred, MAX_BYTES.editable),
    groups,
    needs: sizeOf(item.needs) > MAX_BYTES.needs ? { approvals: item.needs['approvals'] ?? null } : item.needs,
    votes,
    leftOut: {
      approvers: item.approvers.length - approvers.length,
      groups: item.groups.length - groups.length,
      votes: item.votes.length - votes.length,
    },
    createdAt: item.createdAt,
    deadline: item.deadline,
  };
}

/**
 * The memo for a request that is only about to be started: when it begins is the server's to say, so that its deadline
 * stands as a length of time.
 */
export function openingMemo(
  item: Omit<RowSource, 'createdAt' | 'deadline'>,
  timeoutSeconds: number,
): Record<string, unknown> {
  const { createdAt: _createdAt, deadline: _deadline, ...memo } = rowMemo({ ...item, createdAt: '', deadline: '' });
  return { ...memo, timeoutSeconds };
}

/** Whether a memo says all that this request's row shows, so that it need not be said again. */
export function isTold(memo: Readonly<Record<string, unknown>> | undefined, item: RowSource): boolean {
  if (memo === undefined) return false;
  const { createdAt, deadline, ...lasting } = rowMemo(item);
  const seconds = (Date.parse(item.deadline) - Date.parse(item.createdAt)) / 1_000;
  const times = memo['deadline'] === undefined ? { timeoutSeconds: seconds } : { createdAt, deadline };
  return Object.entries({ ...lasting, ...times }).every(([name, value]) => {
    const said = memo[name] ?? (Array.isArray(value) ? [] : undefined);
    return JSON.stringify(said) === JSON.stringify(value);
  });
}

// The server drops an empty list from a memo.
const Texts = z.array(z.string()).default([]);
const Count = z.int().min(0);

const Vote = z.object({
  by: z.string(),
  verdict: z.enum(['approve', 'reject']),
  at: z.string(),
  reason: z.string().exactOptional(),
  group: z.string().exactOptional(),
});

const Memo = z.object({
  title: z.string(),
  kind: z.string(),
  digest: z.string(),
  priority: z.string(),
  requester: z.string(),
  onTimeout: z.string(),
  risk: z.string().exactOptional(),
  runId: z.string().exactOptional(),
  stage: z.string().exactOptional(),
  editable: z.array(z.string()).exactOptional(),
  approvers: Texts,
  barred: Texts,
  groups: Texts,
  needs: JsonObject,
  votes: z.array(Vote).default([]),
  leftOut: z.object({ approvers: Count, groups: Count, votes: Count }),
  createdAt: z.string().optional(),
  deadline: z.string().optional(),
  timeoutSeconds: z.number().optional(),
});

/**
 * The row of a request, from what the server lists of it; undefined for one that has ended, and for what has no id of a
 * request: its row would be taken for another one's. What has no memo of ours, because another program started it and
 * no worker has begun it, is a row with what is known.
 */
export function rowOf(listed: Listed): InboxRow | undefined {
  const { status = 'pending', startTime } = listed;
  if (!isRequest(listed.workflowId)) return undefined;
  if (status !== 'pending' && status !== 'suspended') return undefined;
  const standing = { requestId: requestIdOf(listed.workflowId), status, overdue: status === 'suspended' } as const;
  const memo = Memo.safeParse(listed.memo);
  if (!memo.success) return { ...standing, ...unknown(listed) };
  const { createdAt = startTime.toISOString(), deadline, timeoutSeconds, leftOut, ...told } = memo.data;
  const cut = Object.values(leftOut).some((count) => count > 0);
  return {
    ...standing,
    ...told,
    createdAt,
    deadline: deadline ?? laterBy(startTime, timeoutSeconds) ?? listed.deadline?.toISOString() ?? '',
    ...(cut ? { leftOut } : {}),
  };
}

function unknown(listed: Listed): Omit<InboxRow, 'requestId' | 'status' | 'overdue'> {
  return {
    ...(listed.run === undefined ? {} : { runId: listed.run }),
    title: '',
    digest: '',
    priority: listed.priority ?? '',
    requester: '',
    approvers: listed.approvers ?? [],
    barred: [],
    groups: [],
    createdAt: listed.startTime.toISOString(),
    deadline: listed.deadline?.toISOString() ?? '',
    onTimeout: '',
    needs: {},
    votes: [],
    incomplete: true,
  };
}

function laterBy(start: Date, seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : new Date(start.getTime() + seconds * 1_000).toISOString();
}

function shortVote({ reason, ...vote }: DecisionRecord): DecisionRecord {
  return reason === undefined ? vote : { ...vote, reason: shortText(reason) };
}

function shortText(text: string): string {
  return text.length > MAX_TEXT ? `${cut(text, MAX_TEXT - 1)}…` : text;
}

/** The first of a list that fit into so many bytes. */
function fit<T>(list: readonly T[], maxBytes: number): T[] {
  let bytes = 2;
  const at = list.findIndex((each) => (bytes += sizeOf(each) + 1) > maxBytes);
  return at === -1 ? [...list] : list.slice(0, at);
}

function sizeOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
