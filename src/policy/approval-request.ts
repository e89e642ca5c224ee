import { ApprovalTerms } from '../contract/approval.ts';
import { digestOf } from '../contract/canonical.ts';
import { describeIssues } from '../contract/issues.ts';
import { isWithinReach } from './approval-rule.ts';
import { mergeApprovers } from './approval-state.ts';
import type { ApprovalState } from './approval-state.ts';
import { unsatisfiable } from './unsatisfiable.ts';

export type OpenedApproval =
  | { readonly ok: true; readonly state: ApprovalState }
  | {
      readonly ok: false;
      readonly error: 'InvalidRequest' | 'IrreversibleDefault' | 'UnsatisfiableQuorum';
      readonly message: string;
    };

/** Opens a request at `nowMs`, or refuses one that is ill-formed, unsafe by default, or that no decision could satisfy. */
export function openApproval(given: unknown, nowMs: number): OpenedApproval {
  const parsed = ApprovalTerms.safeParse(given);
  if (!parsed.success) {
    return { ok: false, error: 'InvalidRequest', message: describeIssues(parsed.error, given) };
  }
  const terms = parsed.data;
  const actual = digestOf(terms.action);
  if (terms.digest !== actual) {
    const message = `digest: must be that of the action, ${actual}, given ${terms.digest}; leave it out or correct it`;
    return { ok: false, error: 'InvalidRequest', message };
  }
  if (terms.irreversible && terms.onTimeout === 'approve') {
    const message =
      'onTimeout: given approve for an irreversible action; silence may not allow what cannot be undone, so choose ' +
      'reject, suspend, escalate or cancelRun';
    return { ok: false, error: 'IrreversibleDefault', message };
  }
  const state = newState(terms, nowMs);
  if (!isWithinReach(state)) {
    return { ok: false, error: 'UnsatisfiableQuorum', message: unsatisfiable(state) };
  }
  return { ok: true, state };
}

function newState(terms: ApprovalTerms, nowMs: number): ApprovalState {
  return {
    terms,
    status: 'pending',
    action: terms.action,
    digest: terms.digest,
    digests: [terms.digest],
    approvers: mergeApprovers(terms.approvers),
    level: 0,
    levelReachedAtMs: nowMs,
    deadlineMs: nowMs + terms.timeoutSeconds * 1000,
    clockMs: nowMs,
    approvals: [],
    rejections: [],
    accepted: [],
  };
}
