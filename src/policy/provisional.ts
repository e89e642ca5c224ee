import type { z } from 'zod';
import type { ApprovalRequest } from '../contract/approval-request.ts';
import type { ApprovalTerms } from '../contract/approval.ts';
import { digestOf } from '../contract/canonical.ts';
import { openApproval } from './approval-request.ts';
import type { OpenedApproval } from './approval-request.ts';
import type { ApprovalState } from './approval-state.ts';
import { standIn } from './stand-in.ts';

type Whom = 'approvers' | 'escalation';
type Fault = Extract<OpenedApproval, { ok: false }>;

/**
 * How a request looks until its groups are resolved: each stands for one of its members. Undefined where it will be
 * refused, whoever is in them.
 */
export function openProvisionally(request: ApprovalRequest, nowMs: number): ApprovalState | undefined {
  const { rule, ...others } = termsOf(request);
  const terms = { ...others, digest: request.digest ?? others.digest };
  const opened = openAsked({ ...terms, rule }, request, nowMs);
  if (opened.ok) return opened.state;
  if (!mayStillBe(opened, rule.quorum, request)) return undefined;
  const byOne = openAsked({ ...terms, rule: { ...rule, quorum: 1 } }, request, nowMs);
  return byOne.ok ? { ...byOne.state, terms: { ...byOne.state.terms, rule } } : undefined;
}

/**
 * Why nobody could decide by these terms, found before anything is started; undefined where somebody could, or where that
 * depends on how many people a group has, which only the store knows.
 */
export function faultOfAsking(
  terms: Omit<z.input<typeof ApprovalTerms>, Whom>,
  whom: Pick<ApprovalRequest, Whom>,
): Fault | undefined {
  const opened = openAsked(terms, whom, 0);
  return opened.ok || mayStillBe(opened, terms.rule?.quorum ?? 1, whom) ? undefined : opened;
}

/** Whether enough people may be in the groups that are asked, which only the store knows. */
function mayStillBe(
  { error }: Fault,
  quorum: ApprovalTerms['rule']['quorum'],
  { approvers }: Pick<ApprovalRequest, Whom>,
): boolean {
  const groups = new Set(approvers.flatMap((each) => ('group' in each ? [each.group] : each.groups)));
  const areAsked = typeof quorum === 'number' || Object.keys(quorum).every((group) => groups.has(group));
  return error === 'UnsatisfiableQuorum' && areAsked && approvers.some((each) => 'group' in each);
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
