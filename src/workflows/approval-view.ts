import { upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { ApprovalRequest, ApprovalResult, InboxItem } from '../contract/approval-request.ts';
import type { DecisionRecord } from '../contract/run.ts';
import { needs, votes } from '../policy/approval.ts';
import type { ApprovalState } from '../policy/approval.ts';
import { MandateApprovers, MandateDeadline, MandatePriority, MandateRun, MandateStatus } from './search-attributes.ts';
import { listable } from './server-limits.ts';

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
    level: state.level,
    createdAt: new Date(createdAtMs).toISOString(),
    deadline: new Date(state.deadlineMs).toISOString(),
    onTimeout: request.onTimeout,
    needs: needs(state),
    votes: decisionsOf(state),
    status: state.status,
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
export function showInLists({ request }: ApprovalFacts, state: ApprovalState): void {
  const { typedSearchAttributes, memo } = workflowInfo();
  if (typedSearchAttributes.get(MandateDeadline) === undefined) {
    upsertSearchAttributes([
      { key: MandateStatus, value: state.status },
      { key: MandateApprovers, value: listable(approverIds(state)) },
      { key: MandatePriority, value: request.priority },
      { key: MandateDeadline, value: new Date(state.deadlineMs) },
      ...(request.run === undefined ? [] : [{ key: MandateRun, value: request.run }]),
    ]);
  }
  if (memo?.['title'] === undefined) upsertMemo(listMemo(request));
}

/** Keeps the lists in step with what has changed. */
export function showChange(before: ApprovalState, after: ApprovalState): void {
  if (after.level !== before.level) {
    upsertSearchAttributes([{ key: MandateApprovers, value: listable(approverIds(after)) }]);
  }
  if (after.deadlineMs !== before.deadlineMs) {
    upsertSearchAttributes([{ key: MandateDeadline, value: new Date(after.deadlineMs) }]);
  }
  if (after.status === 'suspended' && before.status !== 'suspended') {
    upsertSearchAttributes([{ key: MandateStatus, value: 'suspended' }]);
  }
}

/** The memo that lists show without opening a request. */
export function listMemo(
  request: Pick<ApprovalRequest, 'title' | 'risk' | 'onTimeout' | 'action'>,
): Record<string, string> {
  return {
    title: request.title,
    kind: request.action.kind,
    onTimeout: request.onTimeout,
    ...(request.risk === undefined ? {} : { risk: request.risk }),
  };
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
