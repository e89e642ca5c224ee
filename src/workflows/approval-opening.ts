import type { BaseWorkflowOptions } from '@temporalio/common';
import { ApprovalRequest } from '../contract/approval-request.ts';
import type { ApprovalRequestInput } from '../contract/approval-request.ts';
import { digestOf } from '../contract/canonical.ts';
import { openingMemo } from '../contract/inbox-row.ts';
import { isBarred, needs } from '../policy/approval.ts';
import { MandateApprovers, MandateDeadline, MandatePriority, MandateRun, MandateStatus } from './search-attributes.ts';
import { listedApprovers, summary } from './server-limits.ts';

type Opening = Partial<Pick<BaseWorkflowOptions, 'memo' | 'typedSearchAttributes' | 'staticSummary'>>;

/**
 * What lists show of a request, given when it is started: so it is in the inbox before any worker has begun it, and it
 * saves the request two events of its own. Nothing for a request that will be refused.
 */
export function openingOf(input: ApprovalRequestInput, nowMs: number): Opening {
  const read = ApprovalRequest.safeParse(input);
  if (!read.success) return {};
  const request = read.data;
  const people = request.approvers.filter((each) => 'id' in each);
  const terms = { ...request, approvers: people, digest: digestOf(request.action), escalation: [] };
  const memo = openingMemo(
    {
      requestId: '',
      ...(request.run === undefined ? {} : { runId: request.run }),
      ...(request.stage === undefined ? {} : { stage: request.stage }),
      ...(request.risk === undefined ? {} : { risk: request.risk }),
      title: request.title,
      kind: request.action.kind,
      digest: terms.digest,
      priority: request.priority,
      requester: request.requester,
      approvers: [...new Set(people.map(({ id }) => id))],
      barred: [...new Set(people.map(({ id }) => id))].filter((id) => isBarred(terms, id)),
      groups: groupsOf(request.approvers),
      editable: request.editable,
      onTimeout: request.onTimeout,
      needs: needs({ terms, approvers: people, approvals: [], rejections: [] }),
      votes: [],
    },
    request.timeoutSeconds,
  );
  return {
    staticSummary: summary(request.title),
    memo,
    typedSearchAttributes: [
      { key: MandateStatus, value: 'pending' },
      { key: MandateApprovers, value: listedApprovers(request.approvers) },
      { key: MandatePriority, value: request.priority },
      { key: MandateDeadline, value: new Date(nowMs + request.timeoutSeconds * 1_000) },
      ...(request.run === undefined ? [] : [{ key: MandateRun, value: request.run }]),
    ],
  };
}

function groupsOf(asked: ApprovalRequest['approvers']): string[] {
  return [...new Set(asked.flatMap((each) => ('group' in each ? [each.group] : each.groups)))];
}
