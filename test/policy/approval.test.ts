import { expect, test } from 'vitest';
import { canonicalize, digestOf } from '../../src/contract/canonical.ts';
import { cancel, decide, needs, nextWakeMs, openApproval, passTime, votes } from '../../src/policy/approval.ts';
import type { Answer, ApprovalState } from '../../src/policy/approval.ts';
import { anApproval, aRequest, COMMENT } from '../support/approval-builders.ts';

const DIGEST = digestOf(COMMENT);

function approve(by: string, more: object = {}): object {
  return { decisionId: `by ${by}`, by, verdict: 'approve', digest: DIGEST, ...more };
}

function answerTo(state: ApprovalState, message: unknown, nowMs = 1000): Answer {
  return decide(state, message, nowMs).answer;
}

test.each([
  ['an unknown default', { onTimeout: 'aprove' }, 'InvalidRequest', /onTimeout: .*"cancelRun".*given "aprove"/],
  ['no time', { timeoutSeconds: 1.5 }, 'InvalidRequest', /timeoutSeconds: must be a whole number from 1, given 1.5/],
  [
    'time beyond any date',
    { timeoutSeconds: 1e12 },
    'InvalidRequest',
    /timeoutSeconds: must be at most a hundred years/,
  ],
  [
    'a quorum of half a person',
    { rule: { quorum: 0.5 } },
    'InvalidRequest',
    /rule.quorum: must be a whole number.*given 0.5/,
  ],
  ['a quorum as a list', { rule: { quorum: [1] } }, 'InvalidRequest', /rule.quorum/],
  ['nobody', { approvers: [] }, 'InvalidRequest', /approvers: must name at least one approver/],
  ['a blank approver', { approvers: [{ id: ' ' }] }, 'InvalidRequest', /approvers\[0\].id: must not be blank/],
  ['a digest of something else', { digest: digestOf(1) }, 'InvalidRequest', /digest: must be that of the action/],
  ['a field too many', { quorum: 1 }, 'InvalidRequest', /quorum: unknown field/],
  ['a person too few', { rule: { quorum: 3 } }, 'UnsatisfiableQuorum', /rule.quorum: given 3.*"ana", "ben"/],
  [
    'a misspelt group',
    { approvers: [{ id: 'ana', groups: ['security'] }], rule: { quorum: { securty: 1 } } },
    'UnsatisfiableQuorum',
    /given \{"securty":1\}, but nobody who may decide is asked for the group "securty"; the groups asked are: "security";/,
  ],
  [
    'a quorum by groups that asks none',
    { rule: { quorum: { security: 1 } } },
    'UnsatisfiableQuorum',
    /asked for the group "security"; the groups asked are: none;/,
  ],
  [
    'an unsafe default',
    { onTimeout: 'approve', irreversible: true },
    'IrreversibleDefault',
    /onTimeout: given approve/,
  ],
] as const)(
  'a request with %s is refused with field, value and what is allowed',
  (_name, overrides, error, message) => {
    expect(openApproval({ ...aRequest(), ...overrides }, 0)).toMatchObject({
      ok: false,
      error,
      message: expect.stringMatching(message),
    });
  },
);

test('what is no request at all is refused too', () => {
  for (const given of [null, 7, 'x', [], {}]) {
    expect(openApproval(given, 0)).toMatchObject({ ok: false, error: 'InvalidRequest' });
  }
});

test('people and groups may be called like the properties every object inherits', () => {
  const quorum = JSON.parse('{"__proto__":1,"constructor":1}') as Record<string, number>;
  const state = anApproval({
    approvers: [
      { id: '__proto__', groups: ['__proto__'] },
      { id: 'constructor', groups: ['constructor'] },
    ],
    rule: { quorum },
  });

  const first = decide(state, approve('__proto__'), 1).state;
  const second = decide(first, approve('constructor'), 2).state;

  expect(needs(first)).toEqual({
    approvals: 1,
    groups: [
      { group: '__proto__', approvals: 0 },
      { group: 'constructor', approvals: 1 },
    ],
  });
  expect(second.status).toBe('approved');
  expect(answerTo(state, approve('toString'))).toMatchObject({ outcome: 'NotAnApprover' });
});

test('an edit may set a field named __proto__ and it is part of what is approved', () => {
  const edits = JSON.parse('{"__proto__":{"admin":true}}') as object;
  const { state, answer } = decide(anApproval({ editable: ['__proto__'] }), approve('ana', { edits }), 1000);

  expect(answer).toEqual({ outcome: 'accepted', status: 'approved' });
  expect(canonicalize(state.action.payload)).toBe('{"__proto__":{"admin":true},"body":"Ship it on Monday."}');
  expect(state.digest).toBe(digestOf(state.action));
});

test('an edited action is asked of admission, an unchanged one is not', () => {
  const state = anApproval({ editable: ['body'] });
  const admit = (): { ok: false; reason: string } => ({ ok: false, reason: 'the body is too long' });

  const edited = decide(state, approve('ana', { edits: { body: 'x' } }), 1000, { admit });
  const same = decide(state, approve('ana', { edits: { body: 'Ship it on Monday.' } }), 1000, { admit });

  expect(edited.answer).toMatchObject({ outcome: 'Invalid', message: expect.stringContaining('the body is too long') });
  expect(edited.state).toEqual(passTime(state, 1000));
  expect(same.answer).toEqual({ outcome: 'accepted', status: 'approved' });
});

test('each refusal says in one line what to do', () => {
  const state = anApproval({ approvers: [{ id: 'ana' }, { id: 'ben' }, { id: 'gus' }], rule: { quorum: 2 } });
  const voted = decide(state, approve('ana'), 1000).state;

  const messages = [
    [answerTo(state, approve('eve')), /"eve" is not among the approvers; ask "ana", "ben"$/],
    [answerTo(state, approve('gus')), /"gus" made the request and may not decide about it; ask "ana", "ben"$/],
    [answerTo(state, approve('ana', { digest: digestOf(1) })), /read the request again/],
    [answerTo(voted, approve('ana', { decisionId: 'another' })), /"ana" has decided already \(approve\)/],
    [answerTo(cancel(state, 1), approve('ana')), /has ended as cancelled/],
    [answerTo(state, approve('ana'), 3_600_000), /the deadline 1970-01-01T01:00:00.000Z has passed/],
    [answerTo(state, approve('ana', { group: 'owners' })), /group: must be one .*\(none\), given "owners"/],
    [answerTo(state, { ...approve('ana'), verdict: 'reject' }), /reason: is missing; .*a rejection needs a reason/],
    [answerTo(state, approve('ana\ud83d')), /by: must not hold lone surrogates/],
    [answerTo(state, undefined), /./],
  ] as const;

  for (const [answer, message] of messages) {
    expect(answer).toMatchObject({ message: expect.stringMatching(message) });
    expect(answer).toMatchObject({ message: expect.not.stringContaining('\n') });
  }
});

test('the next thing that time brings is a level or the deadline, and nothing once it is over', () => {
  const escalation = [{ afterSeconds: 60, to: [{ id: 'cleo' }] }];
  const state = anApproval({ onTimeout: 'suspend', escalation });

  const escalated = passTime(state, 60_000);
  const suspended = passTime(state, 3_600_000);

  expect(nextWakeMs(state)).toBe(60_000);
  expect(nextWakeMs(escalated)).toBe(3_600_000);
  expect(escalated.approvers.map(({ id }) => id)).toEqual(['ana', 'ben', 'cleo']);
  expect(nextWakeMs(suspended)).toBeUndefined();
  expect(nextWakeMs(cancel(state, 1))).toBeUndefined();
});

test('what is missing counts down, and a majority is counted among those who may decide', () => {
  const state = anApproval({
    approvers: [{ id: 'ana' }, { id: 'ben' }, { id: 'cleo' }, { id: 'gus' }, { id: 'agent-7' }],
    rule: { majority: true },
  });

  expect(needs(state)).toEqual({ approvals: 2 });
  expect(needs(decide(state, approve('ana'), 1).state)).toEqual({ approvals: 1 });
});

test('votes of both kinds are listed in the order they came', () => {
  const state = anApproval({
    rule: { quorum: 2, veto: false },
    approvers: [{ id: 'ana' }, { id: 'ben' }, { id: 'cleo' }],
  });
  const no = { decisionId: 'no', by: 'ana', verdict: 'reject', reason: 'too early', digest: DIGEST };

  const after = decide(decide(state, no, 5).state, approve('ben', { reason: 'seen' }), 5).state;

  expect(votes(after)).toEqual([
    { by: 'ana', decisionId: 'no', verdict: 'reject', reason: 'too early', atMs: 5 },
    { by: 'ben', decisionId: 'by ben', verdict: 'approve', reason: 'seen', atMs: 5 },
  ]);
});

test('a decision counts at the time that was attested for it', () => {
  const { state } = decide(anApproval(), approve('ana'), 3_700_000, { attestedAtMs: 3_599_999 });

  expect(state).toMatchObject({ status: 'approved', endedAtMs: 3_599_999 });
});

test('a large circle of approvers is matched to places in good time', () => {
  const approvers = Array.from({ length: 3_000 }, (_, index) => ({
    id: `p${index}`,
    groups: index < 1_500 ? ['a', 'b'] : ['a'],
  }));
  const ask = (b: number): boolean => openApproval(aRequest({ approvers, rule: { quorum: { a: 1_500, b } } }), 0).ok;

  expect(ask(1_500)).toBe(true);
  expect(ask(1_501)).toBe(false);
});
