import { upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { ApprovalRequest, ApprovalResult, InboxItem } from '../contract/approval-request.ts';
import { isTold, rowMemo } from '../contract/inbox-row.ts';
import type { DecisionRecord } from '../contract/run.ts';
import { dueAtDeadline, isBarred, isEnded, needs, votes } from '../policy/approval.ts';
import type { ApprovalState } from '../policy/approval.ts';
import { MandateApprovers, MandateDeadline, MandatePriority, MandateRun, MandateStatus } from './search-attributes.ts';
import { listedApprovers } from './server-limits.ts';

/** What never changes about a request. */
export interface ApprovalFacts {
  readonly requestId: string;
  readonly request: ApprovalRequest;
  readonly createdAtMs: number;
}

/** The request as an inbox shows it. */
export function itemOf({ requestId, request, createdAtMs }: ApprovalFacts, state: ApprovalState): InboxItem {
  return {
    requestId,
    ...(request.run === undefined ? {} : { runId: request.run }),
    ...(request.stage === undefined ? {} : { stage: request.stage }),
    title: request.title,
    kind: state.action.kind,
    action: state.action,
    context: request.context,
    digest: state.digest,
    digests: state.digests,
    editable: request.editable,
    priority: request.priority,
    ...(request.risk === undefined ? {} : { risk: request.risk }),
    irreversible: request.irreversible,
    requester: request.requester,
    approvers: approverIds(state),
    barred: approverIds(state).filter((id) => isBarred(state.terms, id)),
    groups: [...new Set(state.approvers.flatMap(({ groups }) => groups))],
    level: state.level,
    createdAt: new Date(createdAtMs).toISOString(),
    deadline: new Date(state.deadlineMs).toISOString(),
    onTimeout: dueAtDeadline(state),
    needs: needs(state),
    votes: decisionsOf(state),
    status: state.status,
    ...(state.default === undefined ? {} : { default: state.default }),
    overdue: state.status === 'suspended',
  };
}

/** How it ended. */
export function resultOf({ requestId }: ApprovalFacts, state: ApprovalState): ApprovalResult {
  return {
    requestId,
    status: state.status,
    ...(state.default === undefined ? {} : { default: state.default }),
    action: state.action,
    digest: state.digest,
    digests: state.digests,
    decisions: decisionsOf(state),
    endedAt: new Date(state.endedAtMs ?? Date.now()).toISOString(),
  };
}

export function approverIds(state: ApprovalState): string[] {
  return state.approvers.map(({ id }) => id);
}

/** Lists are made from search attributes and memo; whoever started this may have set them already, which saves events. */
export function showInLists({ request }: ApprovalFacts, state: ApprovalState, item: InboxItem): void {
  const { typedSearchAttributes } = workflowInfo();
  const approvers = listedApprovers(state.approvers);
  // Whoever started it could not know who is in its groups.
  const said = JSON.stringify(typedSearchAttributes.get(MandateApprovers));
  if (typedSearchAttributes.get(MandateDeadline) !== undefined && said !== JSON.stringify(approvers)) {
    upsertSearchAttributes([{ key: MandateApprovers, value: approvers }]);
  }
  if (typedSearchAttributes.get(MandateDeadline) === undefined) {
    upsertSearchAttributes([
      { key: MandateStatus, value: state.status },
      { key: MandateApprovers, value: approvers },
      { key: MandatePriority, value: request.priority },
      { key: MandateDeadline, value: new Date(state.deadlineMs) },
      ...(request.run === undefined ? [] : [{ key: MandateRun, value: request.run }]),
    ]);
  }
  showRow(item);
}

/** Keeps the lists in step with what has changed. What has ended is in no list. */
export function showChange(before: ApprovalState, after: ApprovalState, item: InboxItem): void {
  if (after.level !== before.level) {
    upsertSearchAttributes([{ key: MandateApprovers, value: listedApprovers(after.approvers) }]);
  }
  if (after.deadlineMs !== before.deadlineMs) {
    upsertSearchAttributes([{ key: MandateDeadline, value: new Date(after.deadlineMs) }]);
  }
  if (after.status === 'suspended' && before.status !== 'suspended') {
    upsertSearchAttributes([{ key: MandateStatus, value: 'suspended' }]);
  }
  if (!isEnded(after)) showRow(item);
}

function showRow(item: InboxItem): void {
  if (!isTold(workflowInfo().memo, item)) upsertMemo(rowMemo(item));
}

function decisionsOf(state: ApprovalState): DecisionRecord[] {
  return votes(state).map(({ by, verdict, reason, group, atMs }) => ({
    by,
    verdict,
    at: new Date(atMs).toISOString(),
    ...(reason === undefined ? {} : { reason }),
    ...(group === undefined ? {} : { group }),
  }));
}
