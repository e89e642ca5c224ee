import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { pauseExecutors, resumeExecutors } from './executor-pause.ts';
import { startExecutor } from './executor-start.ts';
import { executorStatus } from './executor-status.ts';
import { stopExecutor } from './executor-stop.ts';

export function addExecutorCommands(program: Command): void {
  const executor = program
    .command('executor')
    .description('the process that holds the credentials and carries out what was approved');
  executor
    .command('start')
    .description('start the executor of this data folder in a process of its own; one that runs already is left alone')
    .option('--foreground', 'run it in this process, as systemd and containers want it')
    .addOption(new Option('--log <file>', 'where its output goes already').hideHelp())
    .option('--json', 'one JSON document: {outcome, pid, startedAt, log, inDev}')
    .addHelpText(
      'after',
      '\nExamples:\n  mandate executor start\n  mandate executor start --foreground\n\nExit codes: 0 it runs, 1 it does not',
    )
    .action(startExecutor);
  executor
    .command('stop')
    .description('end it: nothing more is begun, and what has begun settles first')
    .option('--reason <text>', 'why, for the others')
    .option('--as <who>', 'who ends it (default: you)')
    .option('--wait <seconds>', 'how long to wait for its end (default: as long as it takes)', readSeconds)
    .option('--json', 'one JSON document: {outcome, pid, running}')
    .addHelpText(
      'after',
      '\nExamples:\n  mandate executor stop --reason "upgrade to 0.2"\n  mandate executor stop --wait 60\n\nExit codes: 0 none runs, 3 it still waits for what has begun',
    )
    .action(stopExecutor);
  executor
    .command('status')
    .description('which executors there are, on all machines, what they did, and whether they are paused')
    .option('--json', 'one JSON document: {alive, stopped, lost, counters, pause, here}')
    .addHelpText(
      'after',
      '\nExample:\n  mandate executor status\n\nExit codes: 0 drafts are carried out, 3 they wait: none is alive, or all are paused',
    )
    .action(executorStatus);
  executor
    .command('pause')
    .description('let no executor begin anything, on any machine; what has begun goes on, and approved drafts wait')
    .option('--reason <text>', 'why')
    .option('--as <who>', 'who pauses them (default: you)')
    .option('--json', 'one JSON document: {outcome, by, reason, since}')
    .addHelpText('after', '\nExample:\n  mandate executor pause --reason "the registry is down"')
    .action(pauseExecutors);
  executor
    .command('resume')
    .description('let them go on')
    .option('--as <who>', 'who lets them go on (default: you)')
    .option('--json', 'one JSON document: {outcome, by, reason, since}')
    .addHelpText('after', '\nExample:\n  mandate executor resume')
    .action(resumeExecutors);
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d{1,6}$/.test(text.trim())) return seconds;
  throw new InvalidArgumentError('It takes whole seconds, 0 to 999999.');
}
