import { fileURLToPath } from 'node:url';
import type { RunReport } from '../client.ts';
import { colors, table } from './output.ts';
import { jsonText, plain } from '../policy/plain-text.ts';
import { lengthOf } from './times.ts';

/** A report for people: how it ended, what came of it, and how to see more. */
export function reportText(report: RunReport): string {
  const took = lengthOf(Date.parse(report.endedAt) - Date.parse(report.startedAt));
  const sections = [
    `Run ${colors.bold(plain(report.runId))} of ${plain(report.pipeline)} ${statusColor(report.status)} after ${took}, for ${plain(report.requester)}.`,
    section(
      'Stages',
      table(
        ['stage', 'kind', 'status', 'error'],
        report.stages.map(({ name, kind, status, error }) => [name, kind, status, error ?? '']),
        '',
      ),
    ),
    section(
      'Decisions',
      table(
        ['title', 'status', 'by'],
        report.approvals.map((approval) => [approval.title, statusOf(approval), decidedBy(approval)]),
        '',
      ),
    ),
    section('Effects', report.effects.map(effectText).join('\n')),
    section(
      'Artifacts',
      table(
        ['name', 'size', 'digest'],
        report.artifacts.map(({ name, size, digest }) => [name, `${size} B`, digest]),
        '',
      ),
    ),
    section(
      'Violations',
      table(
        ['type', 'severity', 'message'],
        report.violations.map(({ type, severity, message }) => [type, severity, message]),
        '',
      ),
    ),
    `Ledger head ${report.ledgerHead}\nMore: mandate report ${plain(report.runId)} --format markdown; mandate ledger verify --run ${plain(report.runId)}`,
  ];
  return sections.filter((text) => text !== '').join('\n\n');
}

/** Where the receipt says that an effect can be found, as people write it. */
export function whereIs({ receipt }: RunReport['effects'][number]): string | undefined {
  const url = receipt?.['url'];
  if (typeof url !== 'string') return undefined;
  try {
    return plain(url.startsWith('file:') ? fileURLToPath(url) : url);
  } catch {
    return plain(url);
  }
}

function effectText(effect: RunReport['effects'][number]): string {
  const { draftId, kind, status, digests, mandate, receipt, error } = effect;
  const lines = [`${plain(kind)}: ${status}${error === undefined ? '' : ` (${plain(error)})`}, draft ${draftId}`];
  const where = whereIs(effect);
  if (where !== undefined) lines.push(`  at ${where}`);
  if (digests !== undefined) lines.push(`  edited from ${digests.join(' to ')}`);
  if (mandate !== undefined) lines.push(`  under mandate ${plain(mandate)}`);
  if (receipt !== undefined) lines.push(`  receipt ${jsonText(receipt)}`);
  return lines.join('\n');
}

function statusOf({ status, default: applied, digests }: RunReport['approvals'][number]): string {
  const how = applied === undefined ? status : `${status} (${applied})`;
  return digests === undefined ? how : `${how}, ${editedText(digests)}`;
}

/** What was asked about at first, and what was decided about. */
export function editedText(digests: readonly string[]): string {
  return `edited from ${digests[0] ?? ''} to ${digests.at(-1) ?? ''}`;
}

function decidedBy({ decisions }: RunReport['approvals'][number]): string {
  return decisions.map(({ by, reason }) => (reason === undefined ? by : `${by}: ${reason}`)).join('; ');
}

function section(title: string, body: string): string {
  return body === '' ? '' : `${colors.dim(title)}\n${body}`;
}

function statusColor(status: RunReport['status']): string {
  return status === 'completed' ? colors.green(status) : colors.red(status);
}
