import { isDeepStrictEqual } from 'node:util';
import type { Kysely, Transaction } from 'kysely';
import type { CallOutcome, LimitAlert, LimitAnswer, Limits } from '../contract/limits.ts';
import { type LimiterState, NEW_LIMITER } from '../policy/limiter-state.ts';
import { acquire, epochOf, type Limiter, settle } from '../policy/limits.ts';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

/** The limits in force: for all calls together, and once more for each agent. Undefined where none are configured. */
export interface LimitTerms {
  readonly limits: Limits | undefined;
  readonly perAgent: Limits | undefined;
}

export interface PermitRequest extends LimitTerms {
  readonly tool: string;
  /** Whom the call goes to, where several providers serve the tool. */
  readonly provider?: string | undefined;
  readonly agent: string;
  /** A name for what may be granted, used once. */
  readonly lease: string;
  readonly now: string;
}

export interface Permit {
  readonly answer: LimitAnswer;
  readonly alerts: readonly LimitAlert[];
  /** Reserves what was granted, in all scopes; of a refusal it writes the pause that it started. */
  keep(): Promise<void>;
}

export interface Settled extends LimitTerms {
  readonly lease: string;
  readonly outcome: CallOutcome;
  readonly now: string;
}

/** A provider wants to be left alone: the one of the tool, or the one of several that is named. */
export interface Hold {
  readonly tool: string;
  readonly provider?: string | undefined;
  readonly until: string;
  readonly reason: string;
}

/** The scope of all calls together. */
export const ALL = 'all';

/**
 * Asks every limiter of a call, within the transaction that begins it. Until that ends, nobody else is answered by the
 * same limiters; and until `keep`, nothing is reserved.
 */
export async function askIn(database: Database, tx: Transaction<Tables>, request: PermitRequest): Promise<Permit> {
  const { tool, lease, now } = request;
  const asked = { [ALL]: request.limits, [agentScope(request.agent)]: request.perAgent };
  const limited = Object.keys(asked).filter((scope) => asked[scope] !== undefined);
  await lockScopes(database, tx, limited);
  const states = await statesOf(tx, Object.keys(asked));
  const limiters = Object.entries(asked).map(([scope, limits]) => ({ scope, limits, state: stateIn(states, scope) }));

  const call = { tool, lease, heldUntilMs: await heldUntilMs(tx, request) };
  const acquired = acquire(limiters, call, Date.parse(now));
  // Without limits a scope was only looked at, and is not locked: to write it would undo what others wrote meanwhile.
  const changed = acquired.limiters.filter(
    ({ limits, state }, index) => limits !== undefined && !isDeepStrictEqual(state, limiters[index]?.state),
  );
  return {
    answer: acquired.answer,
    alerts: acquired.alerts,
    async keep() {
      for (const { scope, state } of changed) await writeState(tx, scope, state);
      if (acquired.answer.kind !== 'granted') return;
      for (const { scope, state, limits } of acquired.limiters) {
        if (limits === undefined) continue;
        await tx
          .insertInto('limiter_leases')
          .values({ scope, lease, tool, epoch: epochOf(state, tool), granted_at: now })
          .execute();
      }
    },
  };
}

/** Takes in how a call ended, in all scopes that granted it. Only the first settlement of a lease finds it there. */
export async function settleIn(
  database: Database,
  tx: Transaction<Tables>,
  { limits, perAgent, lease, outcome, now }: Settled,
): Promise<readonly LimitAlert[]> {
  const granted = await tx.selectFrom('limiter_leases').select('scope').where('lease', '=', lease).execute();
  if (granted.length === 0) return [];
  const scopes = granted.map(({ scope }) => scope);
  await lockScopes(database, tx, scopes);
  // By now somebody else may have settled it.
  const ended = await tx
    .deleteFrom('limiter_leases')
    .where('lease', '=', lease)
    .returning(['scope', 'tool', 'epoch'])
    .execute();
  const states = await statesOf(tx, scopes);

  const alerts = new Set<LimitAlert>();
  for (const { scope, tool, epoch } of ended) {
    const limiter: Limiter = { limits: scope === ALL ? limits : perAgent, state: stateIn(states, scope) };
    const settled = settle(limiter, { tool, lease, epoch, outcome }, Date.parse(now));
    if (!isDeepStrictEqual(settled.state, limiter.state)) await writeState(tx, scope, settled.state);
    for (const alert of settled.alerts) alerts.add(alert);
  }
  return [...alerts];
}

/** Has the calls to a provider wait, whatever is configured. Of several holds, the longest stays. */
export async function holdIn(tx: Transaction<Tables>, { until, reason, ...held }: Hold): Promise<void> {
  await tx
    .insertInto('limiter_holds')
    .values({ tool: holdKey(held), until, reason })
    .onConflict((conflict) =>
      conflict
        .column('tool')
        .doUpdateSet((eb) => ({ until: eb.ref('excluded.until'), reason: eb.ref('excluded.reason') }))
        .whereRef('excluded.until', '>', 'limiter_holds.until'),
    )
    .execute();
}

/** The tool that a key in the table of holds is about, and the provider, if it names one. */
export function readHoldKey(key: string): Pick<Hold, 'tool' | 'provider'> {
  const at = key.indexOf(' ');
  return at === -1 ? { tool: key } : { tool: key.slice(0, at), provider: key.slice(at + 1) };
}

export function agentScope(agent: string): string {
  return `agent/${agent}`;
}

/**
 * Nobody else changes these limiters until the transaction ends. Always in the same order, so that two transactions
 * never wait for each other; on SQLite, a transaction that writes is the only one anyway.
 */
export async function lockScopes(
  database: Database,
  tx: Transaction<Tables>,
  scopes: readonly string[],
): Promise<void> {
  if (scopes.length === 0 || database.kind === 'sqlite') return;
  const ordered = [...scopes].sort();
  await tx
    .insertInto('limiters')
    .values(ordered.map((scope) => ({ scope, state: JSON.stringify(NEW_LIMITER) })))
    .onConflict((conflict) => conflict.column('scope').doNothing())
    .execute();
  await tx.selectFrom('limiters').select('scope').where('scope', 'in', ordered).orderBy('scope').forUpdate().execute();
}

export async function statesOf(db: Kysely<Tables>, scopes: readonly string[]): Promise<Map<string, LimiterState>> {
  const rows = await db.selectFrom('limiters').selectAll().where('scope', 'in', scopes).execute();
  return new Map(rows.map(({ scope, state }) => [scope, JSON.parse(state) as LimiterState]));
}

export function stateIn(states: ReadonlyMap<string, LimiterState>, scope: string): LimiterState {
  return states.get(scope) ?? NEW_LIMITER;
}

export async function writeState(tx: Transaction<Tables>, scope: string, state: LimiterState): Promise<void> {
  const text = JSON.stringify(state);
  await tx
    .insertInto('limiters')
    .values({ scope, state: text })
    .onConflict((conflict) => conflict.column('scope').doUpdateSet({ state: text }))
    .execute();
}

async function heldUntilMs(tx: Transaction<Tables>, request: PermitRequest): Promise<number | undefined> {
  const key = holdKey(request);
  const hold = await tx.selectFrom('limiter_holds').select('until').where('tool', '=', key).executeTakeFirst();
  return hold && Date.parse(hold.until);
}

/** A tool's name has no space in it. */
function holdKey({ tool, provider }: Pick<Hold, 'tool' | 'provider'>): string {
  return provider === undefined ? tool : `${tool} ${provider}`;
}
