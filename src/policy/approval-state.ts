import type { Action } from '../contract/action.ts';
import type { ApprovalStatus, ApprovalTerms, Approver, Decision, Verdict } from '../contract/approval.ts';

/** Everything about one request, as plain JSON data: it survives a workflow's continuing as new. */
export interface ApprovalState {
  readonly terms: ApprovalTerms;
  readonly status: ApprovalStatus;
  /** What was applied, where the status is `expired`. */
  readonly default?: 'reject' | 'approve' | 'cancelRun';
  /** What is asked about now; an approver's edit replaces it. */
  readonly action: Action;
  readonly digest: string;
  /** The digest first asked about, and that of each edit since. The last one is the current. */
  readonly digests: readonly string[];
  /** Those asked so far, each once, with the levels reached. */
  readonly approvers: readonly Approver[];
  /** Levels reached. */
  readonly level: number;
  readonly levelReachedAtMs: number;
  readonly deadlineMs: number;
  /** The latest instant that this request has seen. It never goes back. */
  readonly clockMs: number;
  readonly endedAtMs?: number;
  /** Votes that stand, in the order they came. */
  readonly approvals: readonly Vote[];
  readonly rejections: readonly Vote[];
  /** All decisions ever accepted, also those that an edit set aside. */
  readonly accepted: readonly AcceptedDecision[];
}

export interface Vote {
  readonly by: string;
  readonly decisionId: string;
  readonly reason?: string;
  /** The group that an approval counts for, or that a rejection named. */
  readonly group?: string;
  readonly atMs: number;
}

export interface AcceptedDecision {
  readonly decision: Decision;
  readonly atMs: number;
}

export function isEnded(state: ApprovalState): boolean {
  return state.status !== 'pending' && state.status !== 'suspended';
}

/** The votes that stand, of both kinds, in the order they came. */
export function votes(state: ApprovalState): (Vote & { readonly verdict: Verdict })[] {
  const order = new Map(state.accepted.map(({ decision }, index) => [decision.decisionId, index]));
  return [
    ...state.approvals.map((vote) => ({ ...vote, verdict: 'approve' as const })),
    ...state.rejections.map((vote) => ({ ...vote, verdict: 'reject' as const })),
  ].sort((a, b) => (order.get(a.decisionId) ?? 0) - (order.get(b.decisionId) ?? 0));
}

/** Each person once, with the groups of every mention. */
export function mergeApprovers(...lists: readonly (readonly Approver[])[]): Approver[] {
  const groupsById = new Map<string, Set<string>>();
  for (const { id, groups } of lists.flat()) {
    groupsById.set(id, new Set([...(groupsById.get(id) ?? []), ...groups]));
  }
  return Array.from(groupsById, ([id, groups]) => ({ id, groups: [...groups] }));
}
