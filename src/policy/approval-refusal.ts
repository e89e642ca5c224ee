import type { ApprovalStatus, Decision, Refusal } from '../contract/approval.ts';
import { isActing, isBarred, mayDecide } from './approval-rule.ts';
import { isEnded, votes } from './approval-state.ts';
import type { ApprovalState } from './approval-state.ts';
import { isDecidedByVotes } from './standing.ts';

export interface Refused {
  readonly outcome: Refusal;
  /** One line for an operator: what is wrong and what to do. */
  readonly message: string;
  /** With `TooLate`: the deadline that was in force. */
  readonly deadlineMs?: number;
  /** With `AlreadyDecided`: how it ended. */
  readonly decision?: ApprovalStatus;
}

export function invalid(message: string): Refused {
  return { outcome: 'Invalid', message };
}

/** Why this person may not decide this, now; the first reason in the contract's order. */
export function refusalOf(state: ApprovalState, { by, digest }: Decision): Refused | undefined {
  const who = JSON.stringify(by);
  if (isEnded(state)) return refusedAfterEnd(state);
  if (!state.approvers.some(({ id }) => id === by)) {
    return notAmong(state, by);
  }
  if (isBarred(state.terms, by)) {
    const role = isActing(state.terms, by) ? 'is the acting agent' : 'made the request';
    return { outcome: 'SelfApproval', message: `${who} ${role} and may not decide about it; ask ${askable(state)}` };
  }
  if (digest !== state.digest) {
    const message = `the decision is about ${digest}, but ${state.digest} is asked about; read the request again and decide about that`;
    return { outcome: 'DigestMismatch', message };
  }
  const vote = votes(state).find((each) => each.by === by);
  if (vote !== undefined) {
    const message = `${who} has decided already (${vote.verdict}) and a vote stands; if it was a mistake, have the request cancelled or issued anew`;
    return { outcome: 'AlreadyVoted', message };
  }
  return undefined;
}

export function notAmong(state: ApprovalState, by: string): Refused & { readonly outcome: 'NotAnApprover' } {
  const message = `${JSON.stringify(by)} is not among the approvers; ask ${askable(state)}`;
  return { outcome: 'NotAnApprover', message };
}

function refusedAfterEnd(state: ApprovalState): Refused {
  const { status, default: applied, deadlineMs } = state;
  if (status === 'expired') {
    const due = new Date(deadlineMs).toISOString();
    const message = `the deadline ${due} has passed and its default, ${applied}, holds; make a new request if it still matters`;
    return { outcome: 'TooLate', message, deadlineMs };
  }
  const deciding = isDecidedByVotes(state) ? votes(state) : [];
  const by = deciding.map((vote) => `${JSON.stringify(vote.by)} (${vote.verdict})`);
  const message = `the request has ended as ${status}${by.length === 0 ? '' : ` by ${by.join(', ')}`}, which is final; make a new request if it still matters`;
  return { outcome: 'AlreadyDecided', message, decision: status };
}

// Enough names to know whom to ask, few enough for one line.
const NAMED = 5;

function askable(state: ApprovalState): string {
  const names = mayDecide(state).map(({ id }) => JSON.stringify(id));
  const more = names.length > NAMED ? ` or ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}
