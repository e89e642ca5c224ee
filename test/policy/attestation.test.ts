import { describe, expect, it, test } from 'vitest';
import { AttestationStatement } from '../../src/contract/attestation.ts';
import { judgeAttestation } from '../../src/policy/attestation.ts';
import type { AttestationQuestion } from '../../src/policy/attestation.ts';
import { aStatement } from '../support/founders.ts';

const GIVEN = Date.parse('2026-03-01T10:00:00.000Z');
const MINUTE = 60_000;

function judge(overrides: Partial<AttestationQuestion> = {}): string {
  const statement = aStatement();
  const verdict = judgeAttestation({
    statement,
    scope: statement.scope,
    digest: statement.digest,
    usedBy: undefined,
    nowMs: GIVEN,
    ...overrides,
  });
  return verdict.ok ? 'ok' : verdict.fault;
}

describe('an attestation', () => {
  it.each([
    ['at its time', 0, 'ok'],
    ['a millisecond before 15 minutes have passed', 15 * MINUTE - 1, 'ok'],
    ['at exactly 15 minutes', 15 * MINUTE, 'over'],
    ['a day later', 24 * 60 * MINUTE, 'over'],
    ["up to a minute ahead of the executor's clock", -MINUTE, 'ok'],
    ['further ahead than that', -MINUTE - 1, 'future'],
    ['at a time that is no number', Number.NaN, 'over'],
  ])('%s', (_when, ageMs, verdict) => {
    expect(judge({ nowMs: GIVEN + ageMs })).toBe(verdict);
  });

  it('lifts its own class only', () => {
    expect(judge({ scope: 'permission_escalation' })).toBe('other_scope');
  });

  it('is for its own action only', () => {
    expect(judge({ digest: `sha256:${'0'.repeat(64)}` })).toBe('other_action');
  });

  it('is used once, and holds on only for the draft that used it', () => {
    expect(judge({ usedBy: 'draft-1' })).toBe('used');
    expect(judge({ usedBy: 'draft-1', draftId: 'draft-2' })).toBe('used');
    expect(judge({ usedBy: 'draft-1', draftId: 'draft-1' })).toBe('ok');
    expect(judge({ usedBy: 'draft-1', draftId: 'draft-1', nowMs: GIVEN + 15 * MINUTE })).toBe('over');
  });
});

test.each([
  ['another class than there is', { scope: 'force_push' }],
  ['a digest in capitals', { digest: `sha256:${'A'.repeat(64)}` }],
  ['a time of another zone', { time: '2026-03-01T10:00:00.000+01:00' }],
  ['a day that does not exist', { time: '2026-02-30T10:00:00.000Z' }],
  ['no evidence', { evidence: '' }],
  ['blank evidence', { evidence: ' \u00a0' }],
  ['evidence of two lines', { evidence: 'minutes\nof March' }],
  ['a founder that the list of keys could not name', { founder: 'ada:eve' }],
  ['an id that can be guessed', { id: 'a1' }],
  ['a member more', { note: 'x' }],
])('a statement with %s is none', (_what, change: object) => {
  expect(AttestationStatement.safeParse(aStatement()).success).toBe(true);
  expect(AttestationStatement.safeParse({ ...aStatement(), ...change }).success).toBe(false);
});
