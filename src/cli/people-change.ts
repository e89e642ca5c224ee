import type { z } from 'zod';
import { EmailAddress, GroupName, KnownId } from '../contract/principal.ts';
import type { Principal } from '../contract/principal.ts';
import { givenText } from '../given-text.ts';
import type { Changer, PrincipalChange, PrincipalChanged } from '../store/principals.ts';
import { CommandError, usageError } from './errors.ts';
import { answer } from './output.ts';
import { plain } from '../policy/plain-text.ts';
import { whoAmI } from './who-am-i.ts';
import { withStore } from './with-store.ts';

interface Options {
  readonly as?: string;
  readonly json?: boolean;
}

interface AddOptions extends Options {
  readonly group: readonly string[];
  readonly email?: string;
  readonly agent?: boolean;
}

interface ChangeOptions extends Options {
  readonly group: readonly string[];
  readonly leave: readonly string[];
  /** False for --no-email. */
  readonly email?: string | false;
}

export async function addPrincipal(id: string, options: AddOptions): Promise<void> {
  const { group, email, agent = false, json = false } = options;
  const principal = {
    id: read(KnownId, 'ID', id),
    kind: agent ? ('agent' as const) : ('person' as const),
    groups: group.map((name) => read(GroupName, '--group', name)),
    email: email === undefined ? null : read(EmailAddress, '--email', email),
  };
  if (new Set(principal.groups).size > 100) throw tooManyGroups();
  const changer = changerOf(options);
  const added = await withStore(({ principals }) => principals.add(principal, changer));
  if (added.outcome === 'email_taken') throw emailTaken(added.holder);
  if (added.outcome === 'id_taken') {
    throw new CommandError('PrincipalExists', `There is a ${added.principal.kind} "${id}" already.`, {
      given: id,
      hint: 'Change it with: mandate people change; or enable it again with: mandate people enable',
    });
  }
  answer(json, { outcome: 'added', ...added.principal }, () => `Added ${principalText(added.principal)}`);
}

export async function changePrincipal(id: string, options: ChangeOptions): Promise<void> {
  const { group, leave, email } = options;
  const both = group.find((name) => leave.includes(name));
  if (both !== undefined)
    throw usageError(`The group ${givenText(both)} cannot be joined and left at once.`, {
      field: 'group',
      given: both,
    });
  if (group.length === 0 && leave.length === 0 && email === undefined)
    throw usageError('Nothing to change; say what with --group, --leave, --email or --no-email.');
  await change(
    id,
    {
      join: group.map((name) => read(GroupName, '--group', name)),
      leave: leave.map((name) => read(GroupName, '--leave', name)),
      ...(email === undefined ? {} : { email: email === false ? null : read(EmailAddress, '--email', email) }),
    },
    options,
    'Changed',
  );
}

export async function switchPrincipal(id: string, active: boolean, options: Options): Promise<void> {
  await change(id, { active }, options, active ? 'Enabled' : 'Disabled');
}

async function change(id: string, wanted: PrincipalChange, options: Options, done: string): Promise<void> {
  const changer = changerOf(options);
  const changed = known(id, await withStore(({ principals }) => principals.change(id, wanted, changer)));
  const { outcome, principal } = changed;
  answer(options.json ?? false, { outcome, ...principal }, () =>
    outcome === 'changed' ? `${done} ${principalText(principal)}` : `Nothing to change: ${principalText(principal)}`,
  );
}

function known(id: string, changed: PrincipalChanged): Extract<PrincipalChanged, { readonly principal: Principal }> {
  switch (changed.outcome) {
    case 'unknown':
      throw unknownPrincipal(id);
    case 'too_many_groups':
      throw tooManyGroups();
    case 'email_taken':
      throw emailTaken(changed.holder);
    case 'changed':
    case 'unchanged':
      return changed;
  }
}

/** Nobody is known by this id. */
export function unknownPrincipal(id: string): CommandError {
  return new CommandError('UnknownPrincipal', `There is nobody ${givenText(id)}.`, {
    given: id,
    hint: 'Who there is, says: mandate people; add somebody with: mandate people add',
  });
}

/** `person ada in owners, security, ada@example.org, disabled`. */
function principalText({ id, kind, groups, email, disabledAt }: Principal): string {
  const parts = [
    `${kind} ${plain(id)}${groups.length === 0 ? ' in no group' : ` in ${groups.join(', ')}`}`,
    email ?? 'without e-mail',
    ...(disabledAt === null ? [] : ['disabled']),
  ];
  return parts.join('; ');
}

function changerOf({ as }: Options): Changer {
  return { by: whoAmI(as), time: new Date().toISOString() };
}

function read(schema: z.ZodType<string>, name: string, given: string): string {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const field = name.replace(/^--/, '').toLowerCase();
  throw usageError(`${name} ${parsed.error.issues[0]?.message ?? 'is wrong'}; given ${givenText(given)}.`, {
    field,
    given,
  });
}

function emailTaken(holder: string): CommandError {
  return new CommandError('EmailTaken', `The address is that of ${holder}: an answer from it would have two authors.`, {
    field: 'email',
    hint: 'Give each their own; take it from the other one first with: mandate people change --no-email',
  });
}

function tooManyGroups(): CommandError {
  return usageError('Nobody may be in more than 100 groups.', { field: 'group' });
}
