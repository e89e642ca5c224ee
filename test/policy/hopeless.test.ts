import { describe, expect, it } from 'vitest';
import { hopeless } from '../../src/policy/hopeless.ts';
import { cancel } from '../../src/policy/approval.ts';
import { anApproval } from '../support/approval-builders.ts';

const PROOF = `mp1.0123456789abcdef.1772359200000.${'A'.repeat(86)}`;
const REQUEST = anApproval({
  escalation: [{ afterSeconds: 60, to: [{ id: 'zoe' }] }],
  editable: ['body'],
});

describe('a decision that nothing can make count', () => {
  it.each([
    ['by somebody who is never asked', { by: 'mallory' }, 'NotAnApprover', /"mallory" is not among the approvers; ask/],
    ['with a proof of no known form', { by: 'ana', proof: 'x' }, 'Invalid', /none that is known.*mp1\.TOKEN.*mail\.ID/],
    ['with half a proof', { by: 'ana', proof: PROOF.slice(0, -1) }, 'Invalid', /incomplete or was changed/],
    ['with a proof that goes on and on', { proof: PROOF + 'A'.repeat(9_000) }, 'Invalid', /incomplete or was changed/],
  ])('is turned away %s', (_what, decision, outcome, message) => {
    expect(hopeless(REQUEST, { verdict: 'approve', ...decision })).toEqual({
      outcome,
      message: expect.stringMatching(message) as string,
    });
  });

  it('is turned away when it edits what may not be edited', () => {
    const decision = { verdict: 'approve', by: 'ana', edits: { body: 'x' } } as const;

    expect(hopeless(anApproval(), decision)).toEqual({
      outcome: 'Invalid',
      message: expect.stringMatching(/^edits: .*nothing that may be edited/) as string,
    });
    expect(hopeless(REQUEST, decision)).toBeUndefined();
  });

  it.each([
    ['somebody who is asked', { by: 'ana' }],
    ['somebody who is asked later', { by: 'zoe' }],
    ['whoever has a proof that looks like one', { proof: PROOF }],
    ['whoever has answered by mail', { proof: `mail.mail-${'0'.repeat(64)}` }],
    ['nobody yet', {}],
  ])('is not that of %s', (_who, decision) => {
    expect(hopeless(REQUEST, { verdict: 'approve', ...decision })).toBeUndefined();
  });

  it('is left to be answered in its turn when the request has ended', () => {
    expect(hopeless(cancel(REQUEST, 1), { verdict: 'approve', by: 'mallory' })).toBeUndefined();
  });
});
