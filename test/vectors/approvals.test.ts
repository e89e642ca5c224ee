import { expect, test } from 'vitest';
import { cancel, decide, openApproval, passTime, supersede } from '../../src/policy/approval.ts';
import type { Answer, ApprovalState } from '../../src/policy/approval.ts';
import { casesOf } from './cases.ts';

type ApprovalEvent = { readonly at: number } & {
  readonly decide?: unknown;
  readonly malformed?: unknown;
  readonly attestedAt?: number;
  readonly admission?: 'refused';
  readonly cancel?: true;
  readonly supersede?: true;
  readonly tick?: true;
};

interface ApprovalCase {
  readonly name: string;
  readonly request: { readonly escalation?: unknown };
  readonly events: readonly ApprovalEvent[];
  readonly expect: unknown;
  readonly end?: unknown;
}

test.each(casesOf('approvals') as readonly [string, ApprovalCase][])('%s', (_name, each) => {
  expect(run(each)).toEqual({ expect: each.expect, end: each.end });
});

function run({ request, events }: ApprovalCase): { expect: unknown; end?: unknown } {
  const opened = openApproval(request, 0);
  if (!opened.ok) return { expect: { error: opened.error } };
  let { state } = opened;
  const outcomes = events.map((event) => {
    const step = apply(state, event);
    state = step.state;
    return step.outcome;
  });
  return { expect: outcomes, end: endOf(state, request.escalation !== undefined) };
}

function apply(state: ApprovalState, event: ApprovalEvent): { state: ApprovalState; outcome: unknown } {
  if ('decide' in event || 'malformed' in event) {
    const { state: next, answer } = decide(state, 'decide' in event ? event.decide : event.malformed, event.at, {
      ...(event.attestedAt !== undefined && { attestedAtMs: event.attestedAt }),
      ...(event.admission === 'refused' && { admit: () => ({ ok: false, reason: 'refused by the case' }) }),
    });
    return { state: next, outcome: outcomeOf(answer) };
  }
  const next = event.cancel
    ? cancel(state, event.at)
    : event.supersede
      ? supersede(state, event.at)
      : passTime(state, event.at);
  return { state: next, outcome: { outcome: 'none', status: next.status } };
}

function outcomeOf(answer: Answer): unknown {
  if (answer.outcome === 'accepted') return answer;
  const { outcome, status, deadlineMs: deadline, decision } = answer;
  return { outcome, status, ...(deadline !== undefined && { deadline }), ...(decision !== undefined && { decision }) };
}

function endOf(state: ApprovalState, hasLevels: boolean): unknown {
  return {
    status: state.status,
    ...(state.default !== undefined && { default: state.default }),
    digests: state.digests,
    approvals: state.approvals.map(({ by }) => by),
    rejections: state.rejections.map(({ by }) => by),
    ...(hasLevels && { level: state.level }),
  };
}
