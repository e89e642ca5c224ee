import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayMove, nextPhase, outputClass, PHASES, UnknownPhase } from '../../src/policy/phase.ts';
import type { Phase } from '../../src/policy/phase.ts';

test('no path skips, repeats or goes back, and nothing follows an end', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PHASES), { maxLength: 200 }), (attempts) => {
      const path = attempts.reduce<Phase[]>(
        (walked, to) => {
          const from = walked.at(-1) ?? 'BOOTSTRAP';
          return mayMove(from, to) ? [...walked, to] : walked;
        },
        ['BOOTSTRAP'],
      );

      const steps = path.filter((phase) => phase !== 'REVOKED');
      expect(steps).toEqual(PHASES.slice(0, steps.length));
      expect(path.indexOf('REVOKED')).toBeOneOf([-1, path.length - 1]);
      expect(path).not.toEqual([...PHASES]);
    }),
  );
});

test('following the next phase from the first leads through all of them to EXIT', () => {
  const path: Phase[] = [];
  for (let phase: Phase | null = 'BOOTSTRAP'; phase !== null; phase = nextPhase(phase)) path.push(phase);

  expect(path).toEqual(PHASES.filter((phase) => phase !== 'REVOKED'));
});

test('an unknown name is an error that says what is allowed', () => {
  expect(() => nextPhase('execute')).toThrow(UnknownPhase);
  expect(() => mayMove('EXIT', 'DEPLOY')).toThrow('Unknown phase "DEPLOY"; allowed: BOOTSTRAP, PREFLIGHT, PLAN');
  expect(() => outputClass('__proto__')).toThrow(UnknownPhase);
});
