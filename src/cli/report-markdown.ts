import type { RunReport } from '../client.ts';
import { whereIs } from './report-text.ts';
import { jsonText, plain } from '../policy/plain-text.ts';

/** A report as Markdown; others' text cannot break out of its place. */
export function reportMarkdown(report: RunReport): string {
  const { runId, pipeline, status, requester, startedAt, endedAt, stages, approvals, effects, artifacts, violations } =
    report;
  return [
    `# Run ${literal(runId)}: ${status}`,
    `Pipeline ${literal(pipeline)}, for ${literal(requester)}, from ${startedAt} to ${endedAt}. Ledger head \`${report.ledgerHead}\`.`,
    section(
      'Inputs',
      ['input', 'value'],
      Object.entries(report.inputs).map(([name, value]) => [literal(name), literal(jsonText(value))]),
    ),
    section(
      'Stages',
      ['stage', 'kind', 'status', 'error'],
      stages.map((stage) => [literal(stage.name), stage.kind, stage.status, literal(stage.error)]),
    ),
    section('Decisions', ['request', 'title', 'status', 'decided'], approvals.map(approvalRow)),
    section(
      'Effects',
      ['draft', 'kind', 'status', 'where', 'edited', 'mandate', 'error'],
      effects.map((effect) => [
        literal(effect.draftId),
        literal(effect.kind),
        effect.status,
        literal(whereIs(effect)),
        literal(effect.digests?.join(' to ')),
        literal(effect.mandate),
        literal(effect.error),
      ]),
    ),
    section(
      'Artifacts',
      ['name', 'bytes', 'digest'],
      artifacts.map(({ name, size, digest }) => [literal(name), String(size), literal(digest)]),
    ),
    section(
      'Violations',
      ['type', 'severity', 'response', 'message'],
      violations.map(({ type, severity, response, message }) => [type, severity, response, literal(message)]),
    ),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function approvalRow({
  requestId,
  title,
  status,
  default: applied,
  decisions,
}: RunReport['approvals'][number]): string[] {
  const decided = decisions.map(({ by, verdict, at, reason }) =>
    `${literal(by)} ${verdict} at ${at} ${literal(reason)}`.trim(),
  );
  return [
    literal(requestId),
    literal(title),
    applied === undefined ? status : `${status} (${applied})`,
    decided.join('; '),
  ];
}

function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `## ${title}\n\n${lines.join('\n')}`;
}

/** Others' text as a code span, which nothing in it can end, in a cell of a table, where a bar would. */
function literal(text: string | undefined): string {
  if (text === undefined || text === '') return '';
  const shown = plain(text).replaceAll('|', '\\|');
  const fence = '`'.repeat(Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  return fence.length === 1 ? `\`${shown}\`` : `${fence} ${shown} ${fence}`;
}
