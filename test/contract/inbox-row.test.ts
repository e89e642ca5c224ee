import { describe, expect, it } from 'vitest';
import { isTold, openingMemo, rowMemo, rowOf } from '../../src/contract/inbox-row.ts';
import type { RowSource } from '../../src/contract/inbox-row.ts';

const START = new Date('2027-01-12T10:00:00.000Z');

function aSource(overrides: Partial<RowSource> = {}): RowSource {
  return {
    requestId: 'r-1',
    title: 'Send a note',
    kind: 'note',
    digest: `sha256:${'a'.repeat(64)}`,
    priority: 'P1',
    requester: 'gus',
    approvers: ['ana', 'ben'],
    barred: [],
    groups: [],
    editable: [],
    createdAt: START.toISOString(),
    deadline: '2027-01-12T11:00:00.000Z',
    onTimeout: 'reject',
    needs: { approvals: 1 },
    votes: [],
    ...overrides,
  };
}

/** As the server gives it back: without its empty lists. */
function overTheWire(memo: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(memo).filter(([, value]) => !(Array.isArray(value) && value.length === 0));
  return JSON.parse(JSON.stringify(Object.fromEntries(kept)));
}

const listed = (memo: Record<string, unknown> | undefined, status?: string): Parameters<typeof rowOf>[0] => ({
  workflowId: 'approval/r-1',
  startTime: START,
  memo: memo && overTheWire(memo),
  status,
});

describe('the row of a request', () => {
  it('shows what the memo of the request says', () => {
    const votes = [{ by: 'ana', verdict: 'approve' as const, at: START.toISOString(), reason: 'read it' }];
    const source = aSource({ runId: 'run-7', stage: 'ask', risk: 'low', editable: ['text'], groups: ['legal'], votes });

    const row = rowOf(listed(rowMemo(source), 'pending'));

    expect(row).toEqual({ ...source, barred: [], status: 'pending', overdue: false });
  });

  it('is overdue when it is suspended, and gone when it has ended', () => {
    expect(rowOf(listed(rowMemo(aSource()), 'suspended'))).toMatchObject({ overdue: true });
    expect(rowOf(listed(rowMemo(aSource()), 'approved'))).toBeUndefined();
  });

  it('is none where the id of the workflow is none of a request: it would stand under the id of another one', () => {
    expect(rowOf({ ...listed(rowMemo(aSource()), 'pending'), workflowId: 'r-1' })).toBeUndefined();
  });

  it('has its times from the server before the request has told them', () => {
    const { createdAt: _createdAt, deadline: _deadline, ...source } = aSource();

    const row = rowOf(listed(openingMemo(source, 90)));

    expect(row).toMatchObject({ createdAt: '2027-01-12T10:00:00.000Z', deadline: '2027-01-12T10:01:30.000Z' });
  });

  it.each([
    ['no memo', undefined],
    ['a memo of another program', { title: 'Mine', votes: 7 }],
  ])('says what is known where there is %s', (_what, memo) => {
    const row = rowOf({ ...listed(memo), priority: 'P0', approvers: ['ana'], run: 'run-7', deadline: START });

    expect(row).toMatchObject({
      requestId: 'r-1',
      incomplete: true,
      title: '',
      priority: 'P0',
      approvers: ['ana'],
      runId: 'run-7',
      createdAt: START.toISOString(),
      deadline: START.toISOString(),
      overdue: false,
    });
  });
});

describe('the memo of a request', () => {
  it('stays small whatever the request holds, and counts what it leaves out', () => {
    const long = '利用者'.repeat(2_000);
    const approvers = Array.from({ length: 200 }, (_, index) => `${'利用者'.repeat(60)}-${index}`);
    const votes = approvers.map((by) => ({ by, verdict: 'approve' as const, at: START.toISOString(), reason: long }));
    const groups = Array.from({ length: 500 }, (_, index) => `group-${index}-${'x'.repeat(50)}`);
    const needs = { approvals: 9, groups: groups.map((group) => ({ group, approvals: 1 })) };

    const memo = rowMemo(aSource({ title: long, kind: long, requester: long, approvers, groups, votes, needs }));

    expect(Buffer.byteLength(JSON.stringify(memo))).toBeLessThan(30_000);
    const row = rowOf(listed(memo));
    expect(row?.needs).toEqual({ approvals: 9 });
    expect(row?.leftOut).toEqual({
      approvers: 200 - (row?.approvers.length ?? 0),
      groups: 500 - (row?.groups.length ?? 0),
      votes: 200 - (row?.votes.length ?? 0),
    });
    expect(row?.approvers.length).toBeGreaterThan(10);
  });

  it('is told again only when something in it changes', () => {
    const { createdAt: _createdAt, deadline: _deadline, ...opening } = aSource();
    const source = aSource();

    expect(isTold(undefined, source)).toBe(false);
    expect(isTold(overTheWire(rowMemo(source)), source)).toBe(true);
    expect(isTold({ ...overTheWire(openingMemo(opening, 3_600)), theirs: 1 }, source)).toBe(true);
    expect(isTold(overTheWire(openingMemo(opening, 60)), source)).toBe(false);
    expect(isTold(overTheWire(rowMemo(source)), aSource({ needs: { approvals: 0 } }))).toBe(false);
  });
});
