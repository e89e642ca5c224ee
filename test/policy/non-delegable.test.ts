import { describe, expect, it, test } from 'vitest';
import { NEVER_DELEGATED, refuseNonDelegable } from '../../src/activities/non-delegable.ts';
import { NonDelegable } from '../../src/contract/non-delegable.ts';
import { NON_DELEGABLE, nonDelegableOf } from '../../src/policy/non-delegable.ts';

test('contract, policy and executor have the same closed list', () => {
  expect(NON_DELEGABLE).toEqual(NonDelegable.options);
  expect(NEVER_DELEGATED).toEqual(NonDelegable.options);
});

describe.each([
  ['the policy', nonDelegableOf],
  ['the executor', refuseNonDelegable],
])('%s', (_who, classesOf) => {
  it.each(NonDelegable.options)('refuses %s, computed or declared', (each) => {
    expect(classesOf([each], [])).toEqual([each]);
    expect(classesOf([], [each])).toEqual([each]);
  });

  it('adds what is declared, and lets it clear nothing', () => {
    expect(classesOf(['venture_kill'], ['force_push_shared', 'venture_kill'])).toEqual([
      'force_push_shared',
      'venture_kill',
    ]);
    expect(classesOf(['venture_kill'], [])).toEqual(['venture_kill']);
    expect(classesOf([], [])).toEqual([]);
  });
});
