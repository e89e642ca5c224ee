import type { InboxFilters } from '../client.ts';
import { Priority } from '../contract/priority.ts';
import { usageError } from './errors.ts';
import { whoAmI } from './who-am-i.ts';

/** Which requests are meant, as the command line says it. */
export interface InboxChoice {
  readonly mine?: boolean;
  readonly for?: string;
  readonly group?: string;
  readonly run?: string;
  readonly overdue?: boolean;
  readonly priority?: string;
}

/** Reads the filters of `mandate inbox`. Throws a usage error that names what is allowed. */
export function readInboxChoice(choice: InboxChoice, env: NodeJS.ProcessEnv): InboxFilters {
  const { group, run, overdue } = choice;
  const who = readWho(choice, env);
  return {
    ...(who === undefined ? {} : { who }),
    ...(group === undefined ? {} : { group: oneName('group', group) }),
    ...(run === undefined ? {} : { run: oneName('run', run) }),
    ...(overdue === undefined ? {} : { overdue }),
    ...(choice.priority === undefined ? {} : { priority: readPriority(choice.priority) }),
  };
}

function readWho({ mine, for: who }: InboxChoice, env: NodeJS.ProcessEnv): string | undefined {
  if (who !== undefined) {
    if (mine === true) throw usageError('Give --mine or --for, not both.', { field: 'for', given: who });
    return oneName('for', who);
  }
  if (mine !== true) return undefined;
  // A token proves who somebody is to the worker; it does not say it here.
  if ((env['MANDATE_TOKEN'] ?? '') !== '') {
    throw usageError('MANDATE_TOKEN does not say whose it is; give --for NAME instead of --mine.', { field: 'mine' });
  }
  return whoAmI(undefined);
}

function oneName(option: string, given: string): string {
  const name = given.trim();
  if (name === '' || name.length > 200) {
    throw usageError(`--${option} takes a name of 1 to 200 characters.`, { field: option, given });
  }
  return name;
}

function readPriority(given: string): Priority {
  const priority = Priority.safeParse(given);
  if (priority.success) return priority.data;
  const allowed = Priority.options;
  throw usageError(`--priority takes one of ${allowed.join(', ')}; given ${JSON.stringify(given)}.`, {
    field: 'priority',
    given,
    allowed,
  });
}
