import { expect, test } from 'vitest';
import { digestOf } from '../../src/contract/canonical.ts';
import { readDecision } from '../../src/contract/decision-wire.ts';
import { completeDecision, decide } from '../../src/policy/approval.ts';
import type { Answer, ApprovalState } from '../../src/policy/approval.ts';
import { anApproval, COMMENT } from '../support/approval-builders.ts';

const THREE = { approvers: [{ id: 'ana' }, { id: 'ben' }, { id: 'cleo' }], rule: { quorum: 3 }, editable: ['body'] };

test('a bare name approves what is asked about', () => {
  const { state, answer } = send(anApproval(), 'ana');

  expect(answer).toEqual({ outcome: 'accepted', status: 'approved' });
  expect(state.approvals).toMatchObject([{ by: 'ana', decisionId: expect.stringMatching(/^auto\/[0-9a-f]{64}$/) }]);
});

test('the same verdict of the same person counts once, whatever the reason says', () => {
  const first = send(anApproval({ rule: { quorum: 2 } }), { by: 'ana', reason: 'fine' });
  const again = send(first.state, { by: 'ana', reason: 'still fine' });
  const withDigest = send(first.state, { by: 'ana', digest: digestOf(COMMENT) });

  expect(again.answer).toEqual({ outcome: 'accepted', duplicate: true, status: 'pending' });
  expect(again.state.approvals).toMatchObject([{ by: 'ana', reason: 'fine' }]);
  expect(withDigest.answer).toMatchObject({ duplicate: true });
});

test('a decision that was accepted under an id is known again without it', () => {
  const first = send(anApproval({ rule: { quorum: 2 } }), { by: 'ana', decisionId: 'd1' });

  expect(send(first.state, 'ana').answer).toEqual({ outcome: 'accepted', duplicate: true, status: 'pending' });
  expect(send(first.state, { by: 'ana', decisionId: 'd2' }).answer.outcome).toBe('AlreadyVoted');
});

test('a contradicting second decision is refused, not obeyed', () => {
  const first = send(anApproval({ rule: { quorum: 2 } }), 'ana');

  expect(send(first.state, { by: 'ana', reason: 'on second thought' }, 'reject').answer.outcome).toBe('AlreadyVoted');
});

test('once the action was edited a digest must be named, and the refusal says so', () => {
  const edited = send(anApproval(THREE), { by: 'ben', edits: { body: 'Ship it on Tuesday.' } }).state;

  const without = send(edited, 'cleo');
  const named = send(edited, { by: 'cleo', digest: edited.digest });

  expect(without.answer).toMatchObject({
    outcome: 'Invalid',
    message: expect.stringMatching(/^digest: is missing; .*only while the action has never been edited/),
  });
  expect(without.state.approvals).toHaveLength(1);
  expect(named.answer).toEqual({ outcome: 'accepted', status: 'pending' });
});

test('who was set aside by an edit may vote again when another edit brings the first text back', () => {
  const voted = send(anApproval(THREE), 'ana').state;
  const edited = send(voted, { by: 'ben', edits: { body: 'Ship it on Tuesday.' } }).state;
  const restored = send(edited, { by: 'cleo', digest: edited.digest, edits: { ...COMMENT.payload } }).state;

  const again = send(restored, { by: 'ana', digest: restored.digest });
  const twice = send(again.state, { by: 'ana', digest: restored.digest });

  expect(restored.digest).toBe(digestOf(COMMENT));
  expect(again.answer).toEqual({ outcome: 'accepted', status: 'pending' });
  expect(again.state.approvals.map(({ by }) => by)).toEqual(['cleo', 'ana']);
  expect(twice.answer).toMatchObject({ duplicate: true });
});

test('the proof of who somebody is stays out of the decision', () => {
  const { state } = send(anApproval(), { by: 'ana', proof: 'secret' });

  expect(JSON.stringify(state)).not.toContain('secret');
});

function send(
  state: ApprovalState,
  payload: unknown,
  verdict: 'approve' | 'reject' = 'approve',
): { state: ApprovalState; answer: Answer } {
  const read = readDecision(payload, verdict);
  if (!read.ok) throw new Error(read.message);
  const { by = '', proof: _proof, ...wire } = read.wire;
  return decide(state, completeDecision(state, { ...wire, by }), state.clockMs + 1);
}
