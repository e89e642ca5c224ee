import { describe, expect, it } from 'vitest';
import { meetsGoal } from '../../bench/figure.ts';

describe('meetsGoal', () => {
  it.each([
    { bare: 17, mandate: 34, goal: { atMost: 2 }, met: true },
    { bare: 17, mandate: 35, goal: { atMost: 2 }, met: false },
    { bare: 50, mandate: 30, goal: { atLeast: 0.6 }, met: true },
    { bare: 50, mandate: 29, goal: { atLeast: 0.6 }, met: false },
  ])('is $met for $mandate against $bare with the goal $goal', ({ bare, mandate, goal, met }) => {
    expect(meetsGoal({ name: 'a figure', unit: 'events', bare, mandate, goal })).toBe(met);
  });

  it('says nothing without a goal, or of what could not be measured', () => {
    expect(meetsGoal({ name: 'a figure', unit: 'ms', bare: 1, mandate: 9 })).toBeUndefined();
    expect(
      meetsGoal({ name: 'a figure', unit: 'ms', bare: undefined, mandate: undefined, goal: { atMost: 2 } }),
    ).toBeUndefined();
  });
});
