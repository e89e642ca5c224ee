import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { ROLES } from '../worker.ts';
import type { Role } from '../worker.ts';
import { runWorkerProcess } from '../worker-process.ts';
import { remark } from './output.ts';

export function addWorkerCommand(program: Command): void {
  program
    .command('worker')
    .description("run a deployment's workers until SIGTERM; Temporal's own environment names the server")
    .option('--roles <list>', `which, separated by commas: ${ROLES.join(', ')}`, readRoles, [...ROLES])
    .option('--json', 'errors as JSON')
    .addHelpText('after', EXAMPLE)
    .action(({ roles }: { roles: readonly Role[] }) => runWorkerProcess(roles, remark));
}

const EXAMPLE = `
Example:
  TEMPORAL_ADDRESS=temporal:7233 DATABASE_URL=postgres://... mandate worker --roles worker,agents

Decisions count when they are proven (mandate tokens --help). MANDATE_TRUST_NAMESPACE=yes, for the role worker, says that
the namespace's own access control does instead: whoever may signal in it then decides in any name.`;

function readRoles(text: string): Role[] {
  const names = new Set(text.split(',').map((name) => name.trim()));
  const roles = ROLES.filter((role) => names.delete(role));
  if (names.size === 0) return roles;
  throw new InvalidArgumentError(`Unknown: ${[...names].join(', ')}. Allowed are ${ROLES.join(', ')}.`);
}
