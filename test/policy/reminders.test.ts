import { describe, expect, it } from 'vitest';
import { decide, passTime } from '../../src/policy/approval.ts';
import { nextReminderMs, undecided } from '../../src/policy/reminders.ts';
import { anApproval } from '../support/approval-builders.ts';

const HALF_AND_NINE_TENTHS = [0.5, 0.9];

describe('a reminder', () => {
  it('comes at each fraction of the time, and then no more', () => {
    const state = anApproval({ timeoutSeconds: 1_000 });

    expect(nextReminderMs(state, HALF_AND_NINE_TENTHS, 0)).toBe(500_000);
    expect(nextReminderMs(state, HALF_AND_NINE_TENTHS, 500_000)).toBe(900_000);
    expect(nextReminderMs(state, HALF_AND_NINE_TENTHS, 900_000)).toBeUndefined();
    expect(nextReminderMs(state, [], 0)).toBeUndefined();
  });

  it('comes once where several were due while nobody looked', () => {
    const state = anApproval({ timeoutSeconds: 1_000 });

    expect(nextReminderMs(state, HALF_AND_NINE_TENTHS, 950_000)).toBeUndefined();
  });

  it('comes anew with a clock that starts anew', () => {
    const level = { afterSeconds: 800, to: [{ id: 'zoe', groups: [] }], restartsClock: true };
    const state = passTime(anApproval({ timeoutSeconds: 1_000, escalation: [level] }), 800_000);

    expect(state.deadlineMs).toBe(1_800_000);
    expect(nextReminderMs(state, HALF_AND_NINE_TENTHS, 800_000)).toBe(1_300_000);
  });

  it('comes no more once the request is suspended or has ended', () => {
    const suspended = passTime(anApproval({ timeoutSeconds: 10, onTimeout: 'suspend' }), 10_000);
    const expired = passTime(anApproval({ timeoutSeconds: 10 }), 10_000);

    expect(nextReminderMs(suspended, [0.5], 0)).toBeUndefined();
    expect(nextReminderMs(expired, [0.5], 0)).toBeUndefined();
  });

  it('is for those who may decide and have not', () => {
    const state = anApproval({
      requester: 'gus',
      actingAgent: 'bot',
      approvers: [{ id: 'ana' }, { id: 'ben' }, { id: 'gus' }, { id: 'bot' }],
      rule: { quorum: 2 },
    });
    const decision = { decisionId: 'd1', by: 'ana', verdict: 'approve', digest: state.digest };

    expect(undecided(state)).toEqual(['ana', 'ben']);
    expect(undecided(decide(state, decision, 1).state)).toEqual(['ben']);
  });
});
