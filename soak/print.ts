import Table from 'cli-table3';
import type { Report } from './report.ts';

/** The figures under each other, then what does not balance. */
export function formatReport(report: Report): string {
  const { seconds, unknown, ledger } = report;
  const table = new Table({
    head: ['', ''],
    colAligns: ['left', 'right'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  const row = (name: string, value: string | number): void => {
    table.push([name, value]);
  };
  row('seed', report.seed);
  row('store', report.store);
  row('disturbed, then at rest (s)', `${seconds.disturbed.toFixed(0)}, ${seconds.rest.toFixed(0)}`);
  row('dispatches', report.dispatches);
  for (const [status, count] of Object.entries(report.ends)) row(`  ${status}`, count);
  row('delivered', report.delivered);
  for (const [what, count] of Object.entries(report.disturbances)) row(what, count);
  row('orphans taken up', report.orphansTakenUp);
  row('deferred by limits', report.deferred);
  row('late truths', report.lateTruths);
  for (const [by, count] of Object.entries(report.claimsSettledBy)) row(`claims settled by ${by}`, count);
  row('outcome unknown', unknown.drafts);
  for (const [by, count] of Object.entries(unknown.settledBy)) row(`  settled by ${by}`, count);
  row('double effects', report.doubleEffects);
  row('lost', report.lost);
  row('ledger', ledger.ok ? `sound, ${ledger.entries} entries` : `BROKEN: ${ledger.broken.reason}`);
  const faults = report.faults.map(({ book, draftId, why }) => `${book}: ${draftId}: ${why}`);
  return [table.toString(), ...faults, report.ok ? 'Every book balances.' : 'NOT BALANCED.'].join('\n');
}
