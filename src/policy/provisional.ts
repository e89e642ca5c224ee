import type { ApprovalRequest } from '../contract/approval-request.ts';
import type { ApprovalTerms } from '../contract/approval.ts';
import { digestOf } from '../contract/canonical.ts';
import { openApproval } from './approval-request.ts';
import type { OpenedApproval } from './approval-request.ts';
import { standIn } from './stand-in.ts';

/** Opens a request as far as that can be judged before its groups are resolved: each counts as one of its members. */
export function openProvisionally(request: ApprovalRequest, nowMs: number): OpenedApproval {
  const approvers = request.approvers.map(standIn);
  const escalation = request.escalation.map((level) => ({ ...level, to: level.to.map(standIn) }));
  const terms = termsOf(request);
  return openApproval({ ...terms, digest: request.digest ?? terms.digest, approvers, escalation }, nowMs);
}

type Terms = Omit<ApprovalTerms, 'approvers' | 'escalation'>;

/** What a request is judged by, but for whom it asks. */
export function termsOf(request: ApprovalRequest): Terms {
  const {
    title: _title,
    context: _context,
    priority: _priority,
    risk: _risk,
    run: _run,
    stage: _stage,
    reminders: _reminders,
    channels: _channels,
    approvers: _approvers,
    escalation: _escalation,
    ...terms
  } = request;
  return { ...terms, digest: digestOf(terms.action) };
}
