import type { Command } from 'commander';
import { checkSetUp } from './doctor-checks.ts';
import type { Finding } from './doctor-checks.ts';
import { EXIT } from './errors.ts';
import { answer, colors } from './output.ts';
import { plain } from '../policy/plain-text.ts';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('check the set-up, and say what to do')
    .option('--json', 'one JSON document: [{check, status, detail, todo?}]')
    .addHelpText('after', '\nExample:\n  mandate doctor\n\nExit codes: 0 nothing fails, 1 something does')
    .action(async ({ json = false }: { json?: boolean }) => {
      const findings = await checkSetUp(process.env);
      answer(json, findings, () => findings.map(findingText).join('\n'));
      process.exitCode = findings.some(({ status }) => status === 'fail') ? EXIT.failed : EXIT.ok;
    });
}

function findingText({ check, status, detail, todo }: Finding): string {
  const mark = { ok: colors.green('ok  '), warn: colors.yellow('warn'), fail: colors.red('fail') }[status];
  return `${mark}  ${check.padEnd(18)}  ${plain(detail)}${todo === undefined ? '' : `; ${plain(todo)}`}`;
}
