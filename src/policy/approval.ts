import type { Action } from '../contract/action.ts';
import { Decision } from '../contract/approval.ts';
import type { ApprovalStatus } from '../contract/approval.ts';
import { canonicalize, digestOf } from '../contract/canonical.ts';
import { describeIssues } from '../contract/issues.ts';
import { invalid, refusalOf } from './approval-refusal.ts';
import type { Refused } from './approval-refusal.ts';
import { groupsOf, hasVeto, isQuorate, isWithinReach } from './approval-rule.ts';
import { isEnded } from './approval-state.ts';
import type { ApprovalState, Vote } from './approval-state.ts';
import { passTime } from './approval-time.ts';
import { editedAction } from './edited-action.ts';

// The one door to the reducer, whatever file a part of it stands in.
export { completeDecision } from './approval-completion.ts';
export type { ProvenWire } from './approval-completion.ts';
export { openApproval } from './approval-request.ts';
export type { OpenedApproval } from './approval-request.ts';
export { isBarred, mayDecide, needs } from './approval-rule.ts';
export { isEnded, votes } from './approval-state.ts';
export type { AcceptedDecision, ApprovalState, Vote } from './approval-state.ts';
export { dueAtDeadline, nextWakeMs, passTime } from './approval-time.ts';

export interface Accepted {
  readonly outcome: 'accepted';
  /** True when this very decision had been accepted before; nothing changed. */
  readonly duplicate?: true;
}

/** `status` is the one after the decision and after all time up to it. */
export type Answer = (Accepted | Refused) & { readonly status: ApprovalStatus };

export type Admission = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export interface DecideOptions {
  /** The time that a gateway vouches for; the decision is judged as if it had come then. */
  readonly attestedAtMs?: number;
  /** Whether the outside world may see an edited action. Default: it may. */
  readonly admit?: (action: Action) => Admission;
}

/**
 * Takes what came as a decision. Fails closed: whatever is not an acceptable decision by somebody who may decide
 * changes nothing but the time, and is answered with a reason.
 */
export function decide(
  state: ApprovalState,
  message: unknown,
  nowMs: number,
  { attestedAtMs = nowMs, admit = () => ({ ok: true }) }: DecideOptions = {},
): { state: ApprovalState; answer: Answer } {
  const read = readMessage(message, attestedAtMs, nowMs);
  const before = read.ok ? passTime(state, Math.max(attestedAtMs, state.clockMs)) : state;
  const judged = read.ok ? judge(before, read.decision, admit) : { state, answer: read.refused };
  const after = passTime(judged.state, nowMs);
  return { state: after, answer: { ...judged.answer, status: after.status } };
}

/** Ends an open request because its run ended or was revoked. At or after the deadline, that came first. */
export function cancel(state: ApprovalState, nowMs: number): ApprovalState {
  return end(passTime(state, nowMs), 'cancelled');
}

/** Ends an open request because another takes its place. At or after the deadline, that came first. */
export function supersede(state: ApprovalState, nowMs: number): ApprovalState {
  return end(passTime(state, nowMs), 'superseded');
}

type Judged = { readonly state: ApprovalState; readonly answer: Accepted | Refused };

type ReadMessage =
  { readonly ok: true; readonly decision: Decision } | { readonly ok: false; readonly refused: Refused };

function readMessage(message: unknown, attestedAtMs: number, nowMs: number): ReadMessage {
  const parsed = Decision.safeParse(message);
  if (!parsed.success) return { ok: false, refused: invalid(describeIssues(parsed.error, message)) };
  if (attestedAtMs <= nowMs) return { ok: true, decision: parsed.data };
  return { ok: false, refused: invalid('the attested time is yet to come; check the clock of the gateway') };
}

function judge(state: ApprovalState, decision: Decision, admit: (action: Action) => Admission): Judged {
  const earlier = state.accepted.find((each) => each.decision.decisionId === decision.decisionId);
  if (earlier !== undefined) {
    if (canonicalize(earlier.decision) === canonicalize(decision))
      return { state, answer: { outcome: 'accepted', duplicate: true } };
    return {
      state,
      answer: invalid(`decisionId: ${JSON.stringify(decision.decisionId)} names another decision; use a new id`),
    };
  }
  const refused = refusalOf(state, decision);
  if (refused !== undefined) return { state, answer: refused };

  const place = placeOf(state, decision);
  if (!place.ok) return { state, answer: place.refused };
  const edited = edit(state, decision, admit);
  if (!edited.ok) return { state, answer: edited.refused };
  return { state: count(edited.state, decision, place.group), answer: { outcome: 'accepted' } };
}

type Place =
  { readonly ok: true; readonly group: string | undefined } | { readonly ok: false; readonly refused: Refused };

/** The group that a vote is for, where it is for one. */
function placeOf(state: ApprovalState, { by, verdict, group }: Decision): Place {
  const own = state.approvers.find(({ id }) => id === by)?.groups ?? [];
  const asked = groupsOf(state.terms);
  const open = asked === undefined ? own : own.filter((each) => asked.includes(each));
  const listed = open.map((each) => JSON.stringify(each)).join(', ') || 'none';
  if (group !== undefined) {
    if (open.includes(group)) return { ok: true, group };
    return refuse(`group: must be one that the person may speak for here (${listed}), given ${JSON.stringify(group)}`);
  }
  if (asked === undefined || verdict === 'reject') return { ok: true, group };
  if (open.length === 1) return { ok: true, group: open[0] };
  if (open.length === 0) return refuse(`by: ${JSON.stringify(by)} is in none of the groups asked, and can only reject`);
  return refuse(`group: must be named, since the person is in several that are asked: ${listed}`);

  function refuse(message: string): Place {
    return { ok: false, refused: invalid(message) };
  }
}

type Edited = { readonly ok: true; readonly state: ApprovalState } | { readonly ok: false; readonly refused: Refused };

/** The request with the edited action, which no vote is about yet; unchanged where the digest is. */
function edit(state: ApprovalState, { edits = {} }: Decision, admit: (action: Action) => Admission): Edited {
  const { editable } = state.terms;
  const fixed = Object.keys(edits).filter((field) => !editable.includes(field));
  if (fixed.length > 0) {
    const allowed = editable.map((field) => JSON.stringify(field)).join(', ') || 'none';
    const given = fixed.map((field) => JSON.stringify(field)).join(', ');
    return { ok: false, refused: invalid(`edits: must change editable fields only (${allowed}), given ${given}`) };
  }
  const action = editedAction(state.action, edits);
  const digest = digestOf(action);
  if (digest === state.digest) return { ok: true, state };
  const admission = admit(action);
  if (!admission.ok) {
    return { ok: false, refused: invalid(`edits: the edited action would not be admitted: ${admission.reason}`) };
  }
  const digests = [...state.digests, digest];
  return { ok: true, state: { ...state, action, digest, digests, approvals: [], rejections: [] } };
}

function count(state: ApprovalState, decision: Decision, group: string | undefined): ApprovalState {
  const { by, decisionId, verdict, reason } = decision;
  const atMs = state.clockMs;
  const vote: Vote = {
    by,
    decisionId,
    ...(reason !== undefined && { reason }),
    ...(group !== undefined && { group }),
    atMs,
  };
  const accepted = [...state.accepted, { decision, atMs }];
  if (verdict === 'approve') {
    const approved = { ...state, accepted, approvals: [...state.approvals, vote] };
    return isQuorate(approved) ? end(approved, 'approved') : approved;
  }
  const rejected = { ...state, accepted, rejections: [...state.rejections, vote] };
  return hasVeto(state.terms) || !isWithinReach(rejected) ? end(rejected, 'rejected') : rejected;
}

function end(state: ApprovalState, status: ApprovalStatus): ApprovalState {
  return isEnded(state) ? state : { ...state, status, endedAtMs: state.clockMs };
}
