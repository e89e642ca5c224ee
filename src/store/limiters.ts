import type { Transaction } from 'kysely';
import type { LedgerFact } from '../contract/ledger.ts';
import type { LimitAlert } from '../contract/limits.ts';
import type { LimiterPause, LimiterState } from '../policy/limiter-state.ts';
import { toolOf } from '../policy/limiter-state.ts';
import { describeLimiter, type LayerView } from '../policy/limiter-view.ts';
import { pause, reset, resume, secondsUntil } from '../policy/limits.ts';
import type { Database } from './database.ts';
import { appendFacts } from './ledger.ts';
import {
  agentScope,
  ALL,
  type LimitTerms,
  lockScopes,
  readHoldKey,
  type Settled,
  settleIn,
  stateIn,
  statesOf,
  writeState,
} from './limits.ts';
import type { Tables } from './tables.ts';

/** Whose calls are meant: those of one agent, or of all; those of one tool, or of all. */
export interface LimiterChoice {
  readonly tool?: string | undefined;
  readonly agent?: string | undefined;
}

/** A layer of the limiter of all calls together (`all`), or of the one of an agent (`agent/<id>`). */
export type LimitView = LayerView & { readonly scope: string };

/** The limiters, for whoever looks after them; calls ask them in the transaction that claims their effect. */
export interface Limiters {
  settle(settled: Settled): Promise<readonly LimitAlert[]>;
  /**
   * The layers of the limiter of all calls together, then those of agents that keep calls waiting; of one agent all,
   * when it is chosen. The layers of single tools are shown for `tools`.
   */
  show(
    query: LimitTerms & {
      readonly tools: readonly string[];
      readonly agent?: string | undefined;
      readonly now: string;
    },
  ): Promise<readonly LimitView[]>;
  /**
   * With a tool, frees its cooldown, its breaker, and what its providers asked for; without, every layer. Never lifts an
   * operator's pause. Of all agents, unless one is chosen. The facts here and below are appended with the change, and
   * only when there is one.
   */
  reset(choice: LimiterChoice, facts: readonly LedgerFact[]): Promise<void>;
  /** Has calls wait until they are resumed. What is paused already stays as it is: then `first` is false. */
  pause(
    choice: LimiterChoice & { readonly by: string; readonly reason: string; readonly now: string },
    facts: readonly LedgerFact[],
  ): Promise<{ readonly first: boolean; readonly pause: LimiterPause }>;
  /** Lifts the pause of exactly this choice and returns it; undefined when there was none. */
  resume(choice: LimiterChoice, facts: readonly LedgerFact[]): Promise<LimiterPause | undefined>;
}

export function createLimiters(database: Database): Limiters {
  const lockedState = async (tx: Transaction<Tables>, scope: string): Promise<LimiterState> => {
    await lockScopes(database, tx, [scope]);
    return stateIn(await statesOf(tx, [scope]), scope);
  };

  return {
    settle: (settled) => database.write((tx) => settleIn(database, tx, settled)),

    async show({ limits, perAgent, tools, agent, now }) {
      const nowMs = Date.parse(now);
      return database.read(async (db) => {
        const chosen = agent === undefined ? undefined : agentScope(agent);
        const rows = await db.selectFrom('limiters').select('scope').orderBy('scope').execute();
        const agents = rows.map(({ scope }) => scope).filter((scope) => scope !== ALL);
        const scopes = [ALL, ...(chosen === undefined ? agents : [chosen])];
        const states = await statesOf(db, scopes);
        const layers = scopes.flatMap((scope) => {
          const limiter = { limits: scope === ALL ? limits : perAgent, state: stateIn(states, scope) };
          const views = describeLimiter(limiter, tools, nowMs).map((view) => ({ scope, ...view }));
          return scope === ALL || scope === chosen ? views : views.filter(keepsWaiting);
        });
        const holds = await db
          .selectFrom('limiter_holds')
          .selectAll()
          .where('until', '>', now)
          .orderBy('tool')
          .execute();
        const held = holds
          .map(({ tool: key, ...hold }) => ({ ...hold, ...readHoldKey(key) }))
          .filter(({ tool }) => tools.includes(tool))
          .map(({ until, ...hold }): LimitView => {
            const retryInSeconds = secondsUntil(Date.parse(until), nowMs);
            return { scope: ALL, layer: 'hold', state: 'waiting', retryInSeconds, ...hold };
          });
        return [...held, ...layers];
      });
    },

    async reset({ tool, agent }, facts) {
      await database.write(async (tx) => {
        const known = await tx.selectFrom('limiters').select('scope').execute();
        const scopes = agent === undefined ? [ALL, ...known.map(({ scope }) => scope)] : [agentScope(agent)];
        const distinct = [...new Set(scopes)];
        await lockScopes(database, tx, distinct);
        const states = await statesOf(tx, distinct);
        for (const scope of distinct) await writeState(tx, scope, reset(stateIn(states, scope), tool));
        if (agent === undefined) {
          const held = await tx.selectFrom('limiter_holds').select('tool').execute();
          const keys = held.map((hold) => hold.tool);
          const freed = tool === undefined ? keys : keys.filter((key) => readHoldKey(key).tool === tool);
          if (freed.length > 0) await tx.deleteFrom('limiter_holds').where('tool', 'in', freed).execute();
        }
        await appendFacts(database, tx, facts);
      });
    },

    async pause({ tool, agent, by, reason, now }, facts) {
      return database.write(async (tx) => {
        const scope = scopeOf(agent);
        const before = await lockedState(tx, scope);
        const wanted = { by, reason, since: now };
        const after = pause(before, wanted, tool);
        const standing = pauseOf(after, tool) ?? wanted;
        if (after !== before) {
          await writeState(tx, scope, after);
          await appendFacts(database, tx, facts);
        }
        // This very pause, when the answer to its commit was lost and the work is done again.
        const first = standing.by === by && standing.reason === reason && standing.since === now;
        return { first, pause: standing };
      });
    },

    async resume({ tool, agent }, facts) {
      return database.write(async (tx) => {
        const scope = scopeOf(agent);
        const before = await lockedState(tx, scope);
        const lifted = pauseOf(before, tool);
        if (lifted === null) return undefined;
        await writeState(tx, scope, resume(before, tool));
        await appendFacts(database, tx, facts);
        return lifted;
      });
    },
  };
}

function scopeOf(agent: string | undefined): string {
  return agent === undefined ? ALL : agentScope(agent);
}

function pauseOf(state: LimiterState, tool: string | undefined): LimiterPause | null {
  return tool === undefined ? state.pause : toolOf(state, tool).pause;
}

function keepsWaiting({ state }: LayerView): boolean {
  return state === 'waiting' || state === 'paused' || state === 'open' || state === 'probing';
}
