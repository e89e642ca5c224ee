import type { InboxFilters } from '../client.ts';
import { Priority } from '../contract/priority.ts';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { givenText } from '../given-text.ts';
import { usageError } from './errors.ts';
import { ownedToken } from './token-owner.ts';
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

/**
 * Reads the filters of `mandate inbox`; `--mine` is of the owner of MANDATE_TOKEN, where that is set. Throws a usage error
 * that names what is allowed.
 */
export async function readInboxChoice(choice: InboxChoice, env: NodeJS.ProcessEnv): Promise<InboxFilters> {
  const { group, run, overdue } = choice;
  const who = await readWho(choice, env);
  return {
    ...(who === undefined ? {} : { who }),
    ...(group === undefined ? {} : { group: oneName('group', group) }),
    ...(run === undefined ? {} : { run: oneName('run', run) }),
    ...(overdue === undefined ? {} : { overdue }),
    ...(choice.priority === undefined ? {} : { priority: readPriority(choice.priority) }),
  };
}

async function readWho({ mine, for: who }: InboxChoice, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (who !== undefined) {
    if (mine === true) throw usageError('Give --mine or --for, not both.', { field: 'for', given: who });
    return oneName('for', who);
  }
  if (mine !== true) return undefined;
  const config = readConfig(env);
  return config.token === undefined ? whoAmI(undefined) : ownerOf(config);
}

/** A token does not say whose it is; the database does. */
async function ownerOf(config: Config): Promise<string> {
  const instead = 'give --for NAME instead of --mine';
  const { id, known } = await ownedToken(config).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw usageError(`Whose MANDATE_TOKEN is, only the database tells, which cannot be asked: ${why}; ${instead}.`, {
      field: 'mine',
      cause,
    });
  });
  if (known !== undefined) return known.owner;
  throw usageError(
    `Whose MANDATE_TOKEN is, only the database tells, and the one here does not know the token ${id}; ${instead}, or set ` +
      'MANDATE_DATA or DATABASE_URL to where it is.',
    { field: 'mine' },
  );
}

function oneName(option: string, given: string): string {
  const name = given.trim();
  if (name === '' || name.length > 200) {
    throw usageError(`--${option} takes a name of 1 to 200 characters; given ${givenText(given)}.`, {
      field: option,
      given,
    });
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
