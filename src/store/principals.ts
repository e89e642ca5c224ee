import { randomUUID } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { LedgerFact } from '../contract/ledger.ts';
import type { Principal } from '../contract/principal.ts';
import type { Database } from './database.ts';
import { appendFacts, isRecorded } from './ledger.ts';
import type { Tables } from './tables.ts';

/** Who changes something, and when (ISO 8601, UTC). */
export interface Changer {
  readonly by: string;
  readonly time: string;
}

/** What becomes different; what is left out stays. */
export interface PrincipalChange {
  readonly join?: readonly string[];
  readonly leave?: readonly string[];
  readonly email?: string | null;
  readonly active?: boolean;
}

/** An address belongs to one active principal: else an answer from it would have two authors. */
interface EmailTaken {
  readonly outcome: 'email_taken';
  readonly holder: string;
}

export type PrincipalAdded = { readonly outcome: 'added' | 'id_taken'; readonly principal: Principal } | EmailTaken;

export type PrincipalChanged =
  | { readonly outcome: 'changed' | 'unchanged'; readonly principal: Principal }
  | { readonly outcome: 'unknown' | 'too_many_groups' }
  | EmailTaken;

/** The people and agents that are known. Every change is in the ledger, in the run `principals`; nobody is deleted. */
export interface Principals {
  add(principal: Pick<Principal, 'id' | 'kind' | 'groups' | 'email'>, changer: Changer): Promise<PrincipalAdded>;
  /** Nobody becomes an agent, or a person: the kind never changes. */
  change(id: string, change: PrincipalChange, changer: Changer): Promise<PrincipalChanged>;
  /** Also one who is disabled. */
  get(id: string): Promise<Principal | undefined>;
  /** In the order of the ids, with those who are disabled: all, or those of a group. */
  list(query?: { readonly group?: string | undefined }): Promise<Principal[]>;
  /** The active people of each group, in the order of their ids: for each that was asked for an entry, maybe empty. */
  membersOf(groups: readonly string[]): Promise<Map<string, string[]>>;
  /** The names of all groups that anybody is in, in their order. */
  groups(): Promise<string[]>;
}

/** The run of the ledger that has every change of people and tokens. */
export const PRINCIPALS_RUN = 'principals';

const MAX_GROUPS = 100;

export function createPrincipals(database: Database): Principals {
  const listed = async (query: { readonly group?: string | undefined } = {}): Promise<Principal[]> => {
    const all = await database.read((db) => principalsIn(db));
    return query.group === undefined ? all : all.filter(({ groups }) => groups.includes(query.group ?? ''));
  };

  return {
    add({ id, kind, groups, email }, { by, time }) {
      const entryId = newEntryId();
      const principal: Principal = { id, kind, groups: sorted(groups), email, createdAt: time, disabledAt: null };
      return database.write(async (tx) => {
        await database.lockLedger(tx);
        const existing = await principalIn(tx, id);
        if (existing !== undefined) {
          return { outcome: (await isRecorded(tx, entryId)) ? 'added' : 'id_taken', principal: existing };
        }
        const holder = await holderOf(tx, principal);
        if (holder !== undefined) return { outcome: 'email_taken', holder };
        await tx.insertInto('principals').values({ id, kind, email, created_at: time, disabled_at: null }).execute();
        await join(tx, id, principal.groups);
        await appendFacts(database, tx, [factOf(entryId, principal, 'added', { by, time })]);
        return { outcome: 'added', principal };
      });
    },

    change(id, change, changer) {
      const entryId = newEntryId();
      return database.write(async (tx) => {
        await database.lockLedger(tx);
        const before = await principalIn(tx, id);
        if (before === undefined) return { outcome: 'unknown' };
        if (await isRecorded(tx, entryId)) return { outcome: 'changed', principal: before };
        const after = changed(before, change, changer.time);
        if (after.groups.length > MAX_GROUPS) return { outcome: 'too_many_groups' };
        if (JSON.stringify(after) === JSON.stringify(before)) return { outcome: 'unchanged', principal: before };
        const holder = await holderOf(tx, after);
        if (holder !== undefined) return { outcome: 'email_taken', holder };
        await tx
          .updateTable('principals')
          .set({ email: after.email, disabled_at: after.disabledAt })
          .where('id', '=', id)
          .execute();
        await tx.deleteFrom('principal_groups').where('principal', '=', id).execute();
        await join(tx, id, after.groups);
        await appendFacts(database, tx, [factOf(entryId, after, whatChanged(before, after), changer)]);
        return { outcome: 'changed', principal: after };
      });
    },

    get: (id) => database.read((db) => principalIn(db, id)),

    list: listed,

    async membersOf(groups) {
      const active = (await listed()).filter(({ kind, disabledAt }) => kind === 'person' && disabledAt === null);
      return new Map(
        groups.map((group) => [group, active.filter((each) => each.groups.includes(group)).map(({ id }) => id)]),
      );
    },

    async groups() {
      const rows = await database.read((db) =>
        db.selectFrom('principal_groups').select('group_name').distinct().execute(),
      );
      return rows.map(({ group_name: name }) => name).sort();
    },
  };
}

/** One principal, within a transaction or without. */
export async function principalIn(db: Kysely<Tables>, id: string): Promise<Principal | undefined> {
  // PostgreSQL's text cannot hold a NUL, and fails when it is asked for one; names from outside may have it.
  if (id.includes('\0')) return undefined;
  return (await principalsIn(db, id))[0];
}

/** The id of a fact about people or tokens; drawn before the transaction, so that it is known again when that is repeated. */
export function newEntryId(): string {
  return `${PRINCIPALS_RUN}/${randomUUID()}`;
}

async function principalsIn(db: Kysely<Tables>, id?: string): Promise<Principal[]> {
  const rows = await db
    .selectFrom('principals')
    .leftJoin('principal_groups', 'principal_groups.principal', 'principals.id')
    .select(['id', 'kind', 'email', 'created_at', 'disabled_at', 'group_name'])
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
    .execute();
  const byId = new Map<string, Principal>();
  for (const row of rows) {
    const known = byId.get(row.id);
    const groups = [...(known?.groups ?? []), ...(row.group_name === null ? [] : [row.group_name])];
    byId.set(row.id, {
      id: row.id,
      kind: row.kind as Principal['kind'],
      groups: sorted(groups),
      email: row.email,
      createdAt: row.created_at,
      disabledAt: row.disabled_at,
    });
  }
  // Not by the database, since PostgreSQL would sort by its own locale.
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function holderOf(tx: Transaction<Tables>, { id, email, disabledAt }: Principal): Promise<string | undefined> {
  if (email === null || disabledAt !== null) return undefined;
  const row = await tx
    .selectFrom('principals')
    .select('id')
    .where(sql<string>`lower(email)`, '=', email.toLowerCase())
    .where('disabled_at', 'is', null)
    .where('id', '!=', id)
    .executeTakeFirst();
  return row?.id;
}

async function join(tx: Transaction<Tables>, principal: string, groups: readonly string[]): Promise<void> {
  if (groups.length === 0) return;
  await tx
    .insertInto('principal_groups')
    .values(groups.map((name) => ({ principal, group_name: name })))
    .execute();
}

function changed(before: Principal, change: PrincipalChange, time: string): Principal {
  const { join: joined = [], leave = [], email = before.email, active = before.disabledAt === null } = change;
  return {
    ...before,
    groups: sorted([...before.groups, ...joined].filter((group) => !leave.includes(group))),
    email,
    disabledAt: active ? null : (before.disabledAt ?? time),
  };
}

function whatChanged(before: Principal, after: Principal): string {
  if (before.disabledAt === after.disabledAt) return 'changed';
  return after.disabledAt === null ? 'enabled' : 'disabled';
}

function factOf(entryId: string, principal: Principal, change: string, { by, time }: Changer): LedgerFact {
  const { id, kind, groups, email, disabledAt } = principal;
  const body = { principal: id, change, kind, groups, email, active: disabledAt === null, by };
  return { entryId, run: PRINCIPALS_RUN, agent: null, type: 'principal.changed', time, body };
}

function sorted(groups: readonly string[]): string[] {
  return [...new Set(groups)].sort();
}
