import { Option } from 'commander';
import type { Command } from 'commander';
import type { RunReport } from '../client.ts';
import { answer } from './output.ts';
import { reportMarkdown } from './report-markdown.ts';
import { reportText } from './report-text.ts';
import { withSession } from './session.ts';

const FORMATS = {
  text: reportText,
  markdown: reportMarkdown,
  json: (report: RunReport) => JSON.stringify(report),
} as const;

interface ReportOptions {
  readonly format: keyof typeof FORMATS;
  readonly json?: boolean;
}

export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('print the report of a run that has ended')
    .argument('<run>', 'id of the run, from: mandate runs')
    .addOption(new Option('--format <format>', 'how').choices(Object.keys(FORMATS)).default('text'))
    .option('--json', 'the same as --format json')
    .addHelpText('after', '\nExample:\n  mandate report 5062745219882361 --format markdown > report.md')
    .action(async (runId: string, { format, json = format === 'json' }: ReportOptions) => {
      const report = await withSession((mandate) => mandate.report(runId));
      answer(json, report, () => FORMATS[format](report));
    });
}
