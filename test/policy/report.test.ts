import { expect, it } from 'vitest';
import type { LedgerEntry, LedgerEntryType } from '../../src/contract/ledger.ts';
import { buildReport } from '../../src/policy/report.ts';

function entry(type: LedgerEntryType, body: LedgerEntry['body']): LedgerEntry {
  const time = '2026-03-01T12:00:00.000Z';
  return {
    entryId: type,
    run: 'run-1',
    agent: null,
    type,
    time,
    body,
    position: 1,
    previous: '',
    runPrevious: '',
    hash: '',
    sequence: 1,
  };
}

it('a request that nobody could say the end of any more is open while its run goes on, and cancelled after it', () => {
  const entries = [
    entry('run.started', { pipeline: 'publish', requester: 'gus', stages: [] }),
    entry('approval.requested', { requestId: 'r1', title: 'Publish' }),
    entry('approval.suspended', { requestId: 'r1' }),
  ];

  const during = buildReport(entries).approvals;
  const after = buildReport([...entries, entry('run.ended', { status: 'failed', stages: [] })]).approvals;

  expect(during).toMatchObject([{ requestId: 'r1', status: 'suspended' }]);
  expect(after).toMatchObject([{ requestId: 'r1', status: 'cancelled' }]);
});
