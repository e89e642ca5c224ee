import { describe, expect, it } from 'vitest';
import { createEventBudget, type EventLimits } from '../../../src/activities/agents/event-budget.ts';

const LIMITS: EventLimits = {
  maxEvents: 100,
  maxBytes: 10,
  maxRefusedLines: 1,
  maxEventsPerSecond: 2,
  maxEventsAtOnce: 4,
};

describe('the budget of what an agent says', () => {
  it('lets so many events come at once, and after that so many a second', () => {
    const budget = createEventBudget(LIMITS, 0);
    const times = [0, 0, 0, 0, 500, 1_000, 1_500, 1_900];

    const faults = times.map((time) => budget.addEvent(time));

    expect(faults).toEqual([...Array.from({ length: 7 }), 'more than 2 events a second']);
  });

  it('does not save up quiet hours', () => {
    const budget = createEventBudget(LIMITS, 0);

    const faults = Array.from({ length: 5 }, () => budget.addEvent(3_600_000));

    expect(faults.at(3)).toBeUndefined();
    expect(faults.at(4)).toBe('more than 2 events a second');
  });

  it('counts events, bytes and refused lines of the whole turn', () => {
    const budget = createEventBudget({ ...LIMITS, maxEvents: 1 }, 0);

    expect([budget.addBytes(10), budget.addBytes(1)]).toEqual([undefined, 'more than 10 bytes in one turn']);
    expect([budget.addEvent(0), budget.addEvent(9_000)]).toEqual([undefined, 'more than 1 events in one turn']);
    expect([budget.addRefusedLine(), budget.addRefusedLine()]).toEqual([
      undefined,
      'more than 1 lines that are no events',
    ]);
    expect(budget.counts()).toEqual({ bytes: 11, events: 2, refusedLines: 2 });
  });
});
