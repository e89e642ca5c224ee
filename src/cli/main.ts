import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT, explain } from './errors.ts';

type AddCommands = (program: Command) => void;

// In the order of the help. Loaded one by one, since most of the libraries are needed by some commands only.
const COMMANDS: Readonly<Record<string, () => Promise<AddCommands>>> = {
  dev: async () => (await import('./dev.ts')).addDevCommand,
  run: async () => (await import('./run.ts')).addRunCommand,
  runs: async () => (await import('./runs.ts')).addRunsCommand,
  show: async () => (await import('./show.ts')).addShowCommand,
  report: async () => (await import('./report.ts')).addReportCommand,
  inbox: async () => (await import('./inbox.ts')).addInboxCommand,
  approve: async () => (await import('./decide.ts')).addApproveCommand,
  reject: async () => (await import('./decide.ts')).addRejectCommand,
  prove: async () => (await import('./prove.ts')).addProveCommands,
  mandates: async () => (await import('./mandates.ts')).addMandatesCommand,
  grant: async () => (await import('./grant.ts')).addGrantCommand,
  withdraw: async () => (await import('./mandates.ts')).addWithdrawCommand,
  reconcile: async () => (await import('./reconcile.ts')).addReconcileCommand,
  cancel: async () => (await import('./cancel.ts')).addCancelCommand,
  people: async () => (await import('./people.ts')).addPeopleCommands,
  tokens: async () => (await import('./tokens.ts')).addTokensCommands,
  ledger: async () => (await import('./ledger.ts')).addLedgerCommands,
  executor: async () => (await import('./executor.ts')).addExecutorCommands,
  limits: async () => (await import('./limits.ts')).addLimitsCommands,
  calls: async () => (await import('./calls.ts')).addCallsCommand,
  routes: async () => (await import('./routes.ts')).addRoutesCommand,
  attest: async () => (await import('./attest.ts')).addAttestCommands,
  classify: async () => (await import('./classify.ts')).addClassifyCommand,
  keys: async () => (await import('./keys.ts')).addKeysCommands,
  doctor: async () => (await import('./doctor.ts')).addDoctorCommand,
  migrate: async () => (await import('./migrate.ts')).addMigrateCommand,
  worker: async () => (await import('./worker.ts')).addWorkerCommand,
};

const program = new Command('mandate')
  .description('Let AI agents act on the real world and stay in charge of them.')
  .version(version(), '-V, --version')
  .exitOverride()
  .configureOutput({ outputError: () => undefined });

// Whoever reads us may have seen enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  const asked = process.argv[2] ?? '';
  const loaders = Object.hasOwn(COMMANDS, asked) ? [COMMANDS[asked]] : Object.values(COMMANDS);
  for (const load of loaders) (await load?.())?.(program);
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError && error.code === 'commander.help') {
    // The help that it has printed says what is missing.
    process.exitCode = EXIT.usage;
  } else if (!(error instanceof CommanderError && error.exitCode === 0)) {
    const { text, exitCode } = explain(error, process.argv.includes('--json'));
    process.stderr.write(`${text}\n`);
    process.exitCode = exitCode;
  }
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
