import type { z } from 'zod';
import type { ApprovalRequest } from '../contract/approval-request.ts';
import type { ApprovalTerms } from '../contract/approval.ts';
import { digestOf } from '../contract/canonical.ts';
import { openApproval } from './approval-request.ts';
import type { OpenedApproval } from './approval-request.ts';
import { standIn } from './stand-in.ts';

type Whom = 'approvers' | 'escalation';

/** Opens a request as far as that can be judged before its groups are resolved: each counts as one of its members. */
export function openProvisionally(request: ApprovalRequest, nowMs: number): OpenedApproval {
  const terms = termsOf(request);
  return openAsked({ ...terms, digest: request.digest ?? terms.digest }, request, nowMs);
}

/**
 * Why nobody could decide by these terms, found before anything is started; undefined where somebody could, or where that
 * depends on how many people a group has, which only the store knows.
 */
export function faultOfAsking(
  terms: Omit<z.input<typeof ApprovalTerms>, Whom>,
  whom: Pick<ApprovalRequest, Whom>,
): Extract<OpenedApproval, { ok: false }> | undefined {
  const opened = openAsked(terms, whom, 0);
  if (opened.ok) return undefined;
  const mayStillBe = opened.error === 'UnsatisfiableQuorum' && whom.approvers.some((each) => 'group' in each);
  return mayStillBe ? undefined : opened;
}

function openAsked(
  terms: object,
  { approvers, escalation }: Pick<ApprovalRequest, Whom>,
  nowMs: number,
): OpenedApproval {
  const levels = escalation.map((level) => ({ ...level, to: level.to.map(standIn) }));
  return openApproval({ ...terms, approvers: approvers.map(standIn), escalation: levels }, nowMs);
}

type Terms = Omit<ApprovalTerms, Whom>;

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
