import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf } from '../../src/contract/canonical.ts';
import { cancel, decide, isEnded, openApproval, passTime, supersede, votes } from '../../src/policy/approval.ts';
import type { Answer, ApprovalState } from '../../src/policy/approval.ts';
import { aRequest, COMMENT } from '../support/approval-builders.ts';

const PEOPLE = ['ana', 'ben', 'cleo', 'gus', 'agent-7', 'constructor', '__proto__'];
const GROUPS = ['security', 'owners', '__proto__'];

// Mostly decisions that could count: a law about votes says nothing where all are refused.
const mostly = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(usual, ...others) });

const person = fc.record({ id: fc.constantFrom(...PEOPLE), groups: fc.subarray(GROUPS, { minLength: 1 }) });
const level = fc.record({
  afterSeconds: fc.integer({ min: 1, max: 40 }),
  to: fc.array(person, { minLength: 1, maxLength: 2 }),
  restartsClock: fc.boolean(),
});
const rule = fc.oneof(
  fc.record({ quorum: fc.integer({ min: 1, max: 3 }), veto: fc.boolean(), majority: fc.boolean() }),
  fc.record({
    quorum: fc
      .uniqueArray(fc.constantFrom(...GROUPS), { minLength: 1, maxLength: 2 })
      .map((groups) => Object.fromEntries(groups.map((group) => [group, 1]))),
    veto: fc.boolean(),
  }),
);
const request = fc
  .record({
    approvers: fc.uniqueArray(person, { minLength: 5, maxLength: 7, selector: ({ id }) => id }),
    rule: fc.tuple(rule, fc.boolean()).map(([rest, requesterMayDecide]) => ({ ...rest, requesterMayDecide })),
    timeoutSeconds: fc.constantFrom(20, 60),
    onTimeout: fc.constantFrom('reject', 'approve', 'suspend', 'escalate', 'cancelRun'),
    editable: mostly(['body', '__proto__'], []),
    escalation: fc.array(level, { maxLength: 3 }),
  })
  .map((terms) => ({ ...aRequest(), ...terms, onTimeout: terms.escalation.length === 0 ? 'reject' : terms.onTimeout }));

const decision = fc
  .record({
    decisionId: fc.constantFrom(...Array.from({ length: 12 }, (_, index) => `d${index}`)),
    by: fc.constantFrom(...PEOPLE, 'eve'),
    verdict: mostly('approve', 'reject'),
    reason: mostly('fine', ' '),
    group: mostly(undefined, ...GROUPS, 'nowhere'),
    edits: mostly<object | undefined>(
      undefined,
      { body: 'A' },
      { body: 'B' },
      JSON.parse('{"__proto__":1}') as object,
      { hidden: 1 },
    ),
  })
  .map(({ group, edits, ...rest }) => ({ ...rest, ...(group && { group }), ...(edits && { edits }) }));
const event = fc.record({
  waitMs: fc.constantFrom(0, 0, 1_000, 5_000, 10_000),
  attestedBeforeMs: mostly(0, 3_000, -1),
  act: fc.oneof(
    { weight: 25, arbitrary: fc.record({ decide: decision, current: mostly(true, false) }) },
    { weight: 1, arbitrary: fc.record({ happens: fc.constantFrom(passTime, cancel, supersede) }) },
  ),
});

interface Step {
  readonly before: ApprovalState;
  readonly after: ApprovalState;
  readonly nowMs: number;
  readonly answer?: Answer;
}

const course = fc.tuple(request, fc.array(event, { maxLength: 25 })).map(([terms, events]): Step[] => {
  const opened = openApproval(terms, 0);
  if (!opened.ok) return [];
  let state = opened.state;
  let nowMs = 0;
  return events.map(({ waitMs, attestedBeforeMs, act }): Step => {
    const before = state;
    nowMs += waitMs;
    if (!('decide' in act)) {
      state = act.happens(before, nowMs);
      return { before, after: state, nowMs };
    }
    const message = { ...act.decide, digest: act.current ? before.digest : digestOf(COMMENT) };
    const result = decide(before, message, nowMs, { attestedAtMs: nowMs - attestedBeforeMs });
    state = result.state;
    return { before, after: state, nowMs, answer: result.answer };
  });
});

test('what has ended stays exactly as it is', () => {
  holds(({ before, after }) => {
    expect(isEnded(before) ? after : before).toEqual(before);
  });
});

test('nobody counts twice', () => {
  holds(({ after }) => {
    const voters = votes(after).map(({ by }) => by);

    expect(new Set(voters).size).toBe(voters.length);
  });
});

test('the acting agent never counts, the requester only where the rule says so, and strangers never', () => {
  holds(({ after }) => {
    const voters = votes(after).map(({ by }) => by);
    const barred = after.terms.rule.requesterMayDecide ? ['agent-7', 'eve'] : ['agent-7', 'gus', 'eve'];

    expect(voters.filter((by) => barred.includes(by))).toEqual([]);
    expect(after.approvers.map(({ id }) => id)).toEqual(expect.arrayContaining(voters));
  });
});

test('it is never approved with fewer different people than the rule asks', () => {
  holds(({ after }) => {
    if (after.status !== 'approved') return;
    const { quorum } = after.terms.rule;
    const places: [string | undefined, number][] =
      typeof quorum === 'number' ? [[undefined, quorum]] : Object.entries(quorum);
    for (const [group, count] of places) {
      const people = after.approvals.filter((vote) => group === undefined || vote.group === group).map(({ by }) => by);
      expect(new Set(people).size).toBeGreaterThanOrEqual(count);
    }
  });
});

test('every approval that counts was given for the very digest that is current', () => {
  holds(({ after }) => {
    expect(after.digest).toBe(digestOf(after.action));
    expect(after.digests.at(-1)).toBe(after.digest);
    for (const vote of after.approvals.slice(1)) {
      const given = after.accepted.find((each) => each.decision.decisionId === vote.decisionId);
      expect(given?.decision.digest).toBe(after.digest);
    }
  });
});

test('a refusal and a repetition change nothing but the time', () => {
  holds(({ before, after, nowMs, answer }) => {
    if (answer === undefined || (answer.outcome === 'accepted' && !answer.duplicate)) return;
    expect(after).toEqual(passTime(before, nowMs));
  });
});

test('the deadline leaves nothing pending, and the state is plain JSON data', () => {
  holds(({ after }) => {
    expect(after.status !== 'pending' || after.clockMs < after.deadlineMs).toBe(true);
    expect(JSON.parse(JSON.stringify(after))).toEqual(after);
  });
});

function holds(law: (step: Step) => void): void {
  fc.assert(
    fc.property(course, (steps) => {
      for (const step of steps) law(step);
    }),
    { numRuns: 300 },
  );
}
