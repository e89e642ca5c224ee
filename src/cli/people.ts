import type { Command } from 'commander';
import { addPrincipal, changePrincipal, switchPrincipal } from './people-change.ts';
import { usageError } from './errors.ts';
import { listPeople } from './people-list.ts';

export function addPeopleCommands(program: Command): void {
  const people = program.command('people').description('who there is: people who may be asked to decide, and agents');
  people
    .command('list', { isDefault: true })
    .description('everybody, with those who are disabled')
    .option('--group <name>', 'only this group')
    .option('--json', 'one JSON document: [{id, kind, groups, email, createdAt, disabledAt}]')
    .addHelpText('after', '\nExamples:\n  mandate people\n  mandate people list --group owners --json')
    .action(listPeople);
  changing(people.command('add'), '{outcome, id, ...}')
    .description('add a person, or an agent, which never decides')
    .option('--group <name>', 'a group to be in; may be given several times', collect, [])
    .option('--email <address>', 'where requests are sent to, and answered from')
    .option('--agent', 'it is an agent')
    .addHelpText(
      'after',
      '\nExamples:\n  mandate people add ada --group owners --group security --email ada@example.org\n  mandate people add publisher --agent',
    )
    .action(addPrincipal);
  changing(oneOfTwo(people.command('change'), 'email', 'no-email'), '{outcome, id, ...}')
    .description('change groups and e-mail address')
    .option('--group <name>', 'a group to join; may be given several times', collect, [])
    .option('--leave <name>', 'a group to leave; may be given several times', collect, [])
    .option('--email <address>', 'the new address')
    .option('--no-email', 'have no address')
    .addHelpText('after', '\nExample:\n  mandate people change ada --group legal --leave owners --no-email')
    .action(changePrincipal);
  changing(people.command('disable'), '{outcome, id, ...}')
    .description('let somebody decide nothing any more; what was decided stands')
    .addHelpText('after', '\nExample:\n  mandate people disable ada')
    .action((id, options) => switchPrincipal(id, false, options));
  changing(people.command('enable'), '{outcome, id, ...}')
    .description('undo disable; tokens that are valid count again')
    .addHelpText('after', '\nExample:\n  mandate people enable ada')
    .action((id, options) => switchPrincipal(id, true, options));
}

/** Refuses a command with both of two options that set the same value: of these, the last alone would count. */
function oneOfTwo(command: Command, first: string, second: string): Command {
  const given = new Set<string>();
  for (const name of [first, second]) {
    command.on(`option:${name}`, () => {
      if (given.add(name).size === 2) throw usageError(`Give --${first} or --${second}, not both.`, { field: first });
    });
  }
  return command;
}

function changing(command: Command, document: string): Command {
  return command
    .argument('<id>', 'who it is, as in requests and in the ledger')
    .option('--as <who>', 'who changes it (default: you)')
    .option('--json', `one JSON document: ${document}`);
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
