import { expect, it } from 'vitest';
import type { DecisionAnswer } from '../../src/contract/approval-request.ts';
import { SpentProofs } from '../../src/workflows/spent-proofs.ts';

const ANSWER: DecisionAnswer = { outcome: 'NotAnApprover', status: 'pending', message: 'not asked' };

/** Some of which are forgotten. */
function many(spent: SpentProofs, madeWith: string, fromMs: number): SpentProofs {
  for (let n = 0; n < 100; n += 1) spent.spend(`${madeWith}-${n}`, { madeWith, madeAtMs: fromMs + n }, ANSWER);
  return spent;
}

it('a proof is answered as it was, also in the next execution', () => {
  const spent = new SpentProofs();
  spent.spend('one', { madeWith: 'tok-ana', madeAtMs: 1 }, ANSWER);

  const next = new SpentProofs(spent.soFar());

  expect([spent.answerTo('one'), next.answerTo('one'), next.answerTo('two')]).toEqual([ANSWER, ANSWER, undefined]);
});

it('of those of one token that are forgotten, none made until then counts any more; those of others do', () => {
  const spent = new SpentProofs();
  spent.spend('late', { madeWith: 'tok-ana', madeAtMs: 20 }, ANSWER);
  spent.spend('early', { madeWith: 'tok-ana', madeAtMs: 10 }, ANSWER);

  const next = new SpentProofs(many(spent, 'tok-mallory', 1_000).soFar());

  expect([next.answerTo('late'), next.answerTo('early')]).toEqual([undefined, undefined]);
  const mayBe = (madeWith: string, madeAtMs: number): boolean => next.mayBeForgotten({ madeWith, madeAtMs });
  expect([mayBe('tok-ana', 10), mayBe('tok-ana', 20), mayBe('tok-ana', 21)]).toEqual([true, true, false]);
  expect([mayBe('tok-mallory', 1_000), mayBe('tok-ben', 10)]).toEqual([false, false]);
});

it('what is kept stays small, whatever was said about how many', () => {
  const spent = new SpentProofs();
  const answer = { ...ANSWER, message: '界'.repeat(100_000) };
  for (let n = 0; n < 1_000; n += 1) spent.spend(`proof-${n}`, { madeWith: `tok-${n % 10}`, madeAtMs: n }, answer);

  expect(Buffer.byteLength(JSON.stringify(spent.soFar()))).toBeLessThan(200_000);
});
