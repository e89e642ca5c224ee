import { QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { InboxItem } from './contract/approval-request.ts';
import { rowOf } from './contract/inbox-row.ts';
import type { InboxRow } from './contract/inbox-row.ts';
import { approvalWorkflowId } from './contract/ids.ts';
import { Priority } from './contract/priority.ts';
import type { JustDecided } from './just-decided.ts';
import { MandateError } from './mandate-error.ts';
import { inboxItemQuery } from './workflows/messages.ts';
import {
  MandateApprovers,
  MandateDeadline,
  MandatePriority,
  MandateRun,
  MandateStatus,
} from './workflows/search-attributes.ts';
import { AND_MORE, listedGroup } from './workflows/server-limits.ts';

/** Which open requests to list. Each that is given narrows it further. */
export interface InboxFilters {
  /** Those that wait for this person: who is asked, may decide, and has not. */
  readonly who?: string;
  /** Those that ask this group. */
  readonly group?: string;
  readonly run?: string;
  /** Those past their deadline that stay open, when true. */
  readonly overdue?: boolean;
  readonly priority?: Priority;
  /** How many at most, the most urgent ones. Default: 1,000. */
  readonly limit?: number;
}

const DEFAULT_LIMIT = 1_000;
// The server hands out no more rows in one call.
const PAGE = 1_000;

// Requests that had to be opened: how many at once, and how long one may take to answer.
const AT_ONCE = 16;
const ANSWER_WITHIN_MS = 5_000;

/** The open requests, the most urgent first. Reads lists only, but for rows that do not say whether they wait for `who`. */
export async function inboxOf(client: Client, filters: InboxFilters, decided: JustDecided): Promise<InboxRow[]> {
  check(filters);
  const { who, limit = DEFAULT_LIMIT } = filters;
  const sure: InboxRow[] = [];
  const unsure: InboxRow[] = [];
  for await (const info of client.workflow.list({ query: queryOf(filters), pageSize: PAGE })) {
    const row = rowOf(listed(info));
    if (row === undefined || decided.hides(row, who) || !isListed(row, filters)) continue;
    const meant = isMeant(row, filters);
    if (meant !== false) (meant === undefined ? unsure : sure).push(row);
  }
  return [...sure, ...(await opened(client, unsure, filters))].sort(byUrgency).slice(0, limit);
}

function check({ priority, limit = DEFAULT_LIMIT }: InboxFilters): void {
  if (priority !== undefined && !Priority.safeParse(priority).success) {
    const allowed = Priority.options.join(', ');
    throw new MandateError('InvalidInput', `priority: must be one of ${allowed}, given ${JSON.stringify(priority)}`);
  }
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new MandateError('InvalidInput', `limit: must be a whole number from 1, given ${JSON.stringify(limit)}`);
  }
}

function queryOf({ who, group, run, overdue, priority }: InboxFilters): string {
  const open = 'WorkflowType = "approval" AND ExecutionStatus = "Running"';
  const clauses = [
    open,
    // Before its first task, a request that another program started has no status.
    overdue === true
      ? 'MandateStatus = "suspended"'
      : '(MandateStatus IN ("pending", "suspended") OR MandateStatus IS NULL)',
    ...(priority === undefined ? [] : [`MandatePriority = "${priority}"`]),
    ...oneOf('MandateRun', run),
    ...oneOf('MandateApprovers', who, AND_MORE),
    ...oneOf('MandateApprovers', group === undefined ? undefined : listedGroup(group), AND_MORE),
  ];
  return clauses.join(' AND ');
}

// What has no meaning in any of the languages that the server may translate a list's query to: its own, two of SQL, and
// that of SQLite's full-text index, each of which quotes in its own way, or not at all.
const HARMLESS = /^[A-Za-z0-9][A-Za-z0-9 ._@+:/-]*$/;

/** A clause that only saves work, since every row is looked at again: names that it could not say are left to that. */
function oneOf(attribute: string, value: string | undefined, ...others: string[]): string[] {
  if (value === undefined || !HARMLESS.test(value)) return [];
  return [`${attribute} IN (${[value, ...others].map((each) => `"${each}"`).join(', ')})`];
}

function listed(info: WorkflowExecutionInfo): Parameters<typeof rowOf>[0] {
  const { typedSearchAttributes: attributes, workflowId, memo, startTime } = info;
  return {
    workflowId,
    memo,
    startTime,
    status: attributes.get(MandateStatus),
    approvers: attributes.get(MandateApprovers),
    priority: attributes.get(MandatePriority),
    deadline: attributes.get(MandateDeadline),
    run: attributes.get(MandateRun),
  };
}

function isListed(row: InboxRow, { run, overdue, priority }: InboxFilters): boolean {
  return (
    (run === undefined || row.runId === run) &&
    (overdue !== true || row.overdue) &&
    (priority === undefined || row.priority === priority)
  );
}

/** Whether a row asks whom the filters name; undefined when only the request itself knows. */
function isMeant(row: InboxRow, { who, group }: InboxFilters): boolean | undefined {
  const answers = [
    ...(who === undefined ? [] : [waitsFor(row, who)]),
    ...(group === undefined ? [] : [row.groups.includes(group) || (mayBeIn(row, 'groups') ? undefined : false)]),
  ];
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

function waitsFor(row: InboxRow, who: string): boolean | undefined {
  if (row.barred.includes(who) || row.votes.some(({ by }) => by === who)) return false;
  if (!row.approvers.includes(who)) return mayBeIn(row, 'approvers') ? undefined : false;
  return mayBeIn(row, 'votes') ? undefined : true;
}

function mayBeIn(row: InboxRow, list: 'approvers' | 'groups' | 'votes'): boolean {
  return row.incomplete === true || (row.leftOut?.[list] ?? 0) > 0;
}

/** Those of the rows that are meant, by asking each request. One that nobody can answer for now is not kept back. */
async function opened(client: Client, rows: readonly InboxRow[], filters: InboxFilters): Promise<InboxRow[]> {
  const left = [...rows];
  const meant: InboxRow[] = [];
  const one = async (): Promise<void> => {
    for (let row = left.pop(); row !== undefined; row = left.pop()) {
      if (await isMeantBy(client, row, filters)) meant.push(row);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, one));
  return meant;
}

async function isMeantBy(client: Client, row: InboxRow, filters: InboxFilters): Promise<boolean> {
  const handle = client.workflow.getHandle(approvalWorkflowId(row.requestId));
  try {
    const item = await client.connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      handle.query(inboxItemQuery),
    );
    return isMeant(whole(row, item), filters) === true;
  } catch (error) {
    return !(error instanceof WorkflowNotFoundError) && !(error instanceof QueryNotRegisteredError);
  }
}

function whole({ incomplete: _incomplete, leftOut: _leftOut, ...row }: InboxRow, item: InboxItem): InboxRow {
  const { approvers, votes, barred, groups } = item;
  return { ...row, approvers, votes, barred, groups };
}

/** By priority; of the same, what is due first. What tells nothing of itself yet comes last. */
function byUrgency(a: InboxRow, b: InboxRow): number {
  return (a.priority || 'Z').localeCompare(b.priority || 'Z') || a.deadline.localeCompare(b.deadline);
}
