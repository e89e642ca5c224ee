import { expect, test } from 'vitest';
import { mayMove, nextPhase, outputClass, UnknownPhase } from '../../src/policy/phase.ts';
import { casesOf } from './cases.ts';

type PhaseCase = { readonly name: string; readonly expect: unknown } & (
  | { readonly op: 'next' | 'outputClass'; readonly phase: string }
  | { readonly op: 'move'; readonly from: string; readonly to: string }
);

test.each(casesOf('phases') as readonly [string, PhaseCase][])('%s', (_name, each) => {
  expect(answer(each)).toEqual(each.expect);
});

function answer(each: PhaseCase): unknown {
  try {
    switch (each.op) {
      case 'next':
        return nextPhase(each.phase);
      case 'outputClass':
        return outputClass(each.phase);
      case 'move':
        return mayMove(each.from, each.to);
      default:
        throw new Error(`The vectors know no such op: ${JSON.stringify(each)}`);
    }
  } catch (error) {
    if (error instanceof UnknownPhase) return { error: true };
    throw error;
  }
}
