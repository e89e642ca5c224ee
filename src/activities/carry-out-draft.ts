import os from 'node:os';
import type { Draft } from '../contract/draft.ts';
import type { Attempt, CarryOutInput } from '../contract/effect.ts';
import type { LedgerFact } from '../contract/ledger.ts';
import type { LimitAlert, LimitAnswer } from '../contract/limits.ts';
import { failure } from '../failures.ts';
import type { Claims } from '../store/claims.ts';
import type { MandateUse } from '../store/mandates.ts';
import { StoreUnavailable } from '../store/unavailable.ts';
import { attestationsUsed } from './attestation-check.ts';
import { draftFact } from './draft-fact.ts';
import type { ExecutorDeps } from './executor-deps.ts';
import { judgeDraft, stillStands } from './judge-draft.ts';
import type { Ready } from './judge-draft.ts';
import type { Acted } from './kinds/kind.ts';
import { withoutSecrets } from './provider-text.ts';
import { claimedAs, isOurs, readSettlement, settleOnce } from './settlement.ts';

// Each try waits some seconds by itself; together with the last one it stays within the activity's margin of 30 seconds.
const SETTLE_MS = 12_000;

// What is asked before the claim (an allow-list, a registry) may ask others; it must not use up the attempt's time.
const JUDGE_MS = 10_000;

/**
 * The effect. Judged, permitted and claimed at once, judged again, begun once, settled. Everything before the claim
 * refuses and consumes nothing; everything after it that is not certain is unknown.
 */
export async function carryOutDraft(input: CarryOutInput, deps: ExecutorDeps, attempt: number): Promise<Attempt> {
  // The server was told to make no second attempt. If an operator made it do so, the first may have begun.
  if (attempt !== 1) return { result: 'unknown', error: 'A second attempt was started; it did nothing.' };
  const result = await attemptOnce(input, deps);
  deps.presence.count(result.result);
  return result;
}

async function attemptOnce(input: CarryOutInput, deps: ExecutorDeps): Promise<Attempt> {
  const { draft } = input;
  const before = await judgeDraft(input, deps, AbortSignal.timeout(JUDGE_MS)).catch((cause: unknown) => {
    throw failure('NothingStarted', `Draft ${draft.id} could not be judged, so its effect was not begun.`, cause);
  });
  if (!before.ok) return (await begunBefore(input, deps)) ?? before.refusal;
  const claimed = await claim(input, before, deps);
  if (!('mine' in claimed)) return claimed;

  const acted = await judgeAgainAndAct(input, claimed, deps);
  const settled = await settlePatiently(input, acted, before.action.provider, deps).catch((cause: unknown) => {
    deps.presence.count('unknown');
    throw failure('OutcomeUnknown', `Draft ${draft.id}: its outcome could not be recorded.`, cause);
  });
  return withAlerts(settled, [...claimed.alerts, ...(settled.alerts ?? [])]);
}

/** What may not begin now (it has expired, say) may have begun in an earlier attempt: that stays true. */
async function begunBefore(input: CarryOutInput, { store }: ExecutorDeps): Promise<Attempt | undefined> {
  const existing = await store.claims.get(input.draft.id).catch((cause: unknown) => {
    throw failure(
      'NothingStarted',
      `The claim of draft ${input.draft.id} could not be read; nothing was begun.`,
      cause,
    );
  });
  if (existing === undefined || !isOurs(existing, queryOf(input))) return undefined;
  return ofTheOther(existing, input);
}

/** In the same breath as the effect: what was true before the claim may not be true any more. */
async function judgeAgainAndAct(input: CarryOutInput, { token, dueMs }: Mine, deps: ExecutorDeps): Promise<Acted> {
  const { draft, mandate } = input;
  const { id: draftId } = draft;
  // From the claim on: what held this process up in between is the effect's own time.
  const signal = AbortSignal.timeout(Math.max(dueMs - Date.now(), 0));
  let judged: Awaited<ReturnType<typeof judgeDraft>>;
  try {
    judged = await judgeDraft(input, deps, signal);
    // What was asked of others may have taken its time.
    const stopped = judged.ok ? await stillStands(input, deps) : undefined;
    if (stopped !== undefined) judged = stopped;
    if (judged.ok && !(await deps.store.claims.begin({ draftId, token, time: new Date().toISOString(), mandate }))) {
      return { failed: `Nothing was begun: ${await whyNotBegun(mandate, deps)}.` };
    }
  } catch (error) {
    return { failed: `Nothing was begun, since the draft could not be judged again: ${textOf(error)}` };
  }
  if (!judged.ok) return { failed: `Nothing was begun: ${judged.refusal.error}` };
  return act(judged, input, deps, signal);
}

async function whyNotBegun(mandate: string | undefined, { store }: ExecutorDeps): Promise<string> {
  const standing = mandate === undefined ? undefined : await store.mandates.get(mandate);
  if (typeof standing?.withdrawnAt === 'string')
    return `mandate ${mandate} was withdrawn by ${standing.withdrawnBy} at ${standing.withdrawnAt}`;
  return standing !== undefined && Date.parse(standing.expiresAt) <= Date.now()
    ? `mandate ${mandate} expired at ${standing.expiresAt}`
    : 'its time was over, or somebody had settled it meanwhile';
}

interface Mine {
  readonly mine: true;
  readonly token: string;
  readonly dueMs: number;
  readonly alerts: readonly LimitAlert[];
}

/** That the claim is ours, or what it means for us that it is not. */
async function claim(
  input: CarryOutInput,
  { action, attestations }: Ready,
  deps: ExecutorDeps,
): Promise<Attempt | Mine> {
  const { draft, signature, owner, proposed, timeoutSeconds, mandate } = input;
  const nowMs = Date.now();
  const dueMs = nowMs + timeoutSeconds * 1_000;
  let claimed: Awaited<ReturnType<Claims['claim']>>;
  try {
    claimed = await deps.store.claims.claim(
      {
        draftId: draft.id,
        digest: draft.digest,
        proposed,
        kind: draft.kind,
        provider: action.provider,
        owner,
        run: draft.run,
        agent: draft.agent,
        worker: `${process.pid}@${os.hostname()}`,
        time: new Date(nowMs).toISOString(),
        dueAt: new Date(dueMs).toISOString(),
        signed: { draft, signature },
      },
      {
        ...deps.limits,
        attestations: attestations.map(({ id }) => id),
        mandate: mandate === undefined ? undefined : { id: mandate, used: (use) => mandateUsed(draft, mandate, use) },
      },
      [
        draftFact(draft, 'effect.claimed', '', { digest: draft.digest, owner }),
        ...attestationsUsed(draft, attestations),
      ],
    );
  } catch (error) {
    throw failure('NothingStarted', `Draft ${draft.id} could not be claimed, so its effect was not begun.`, error);
  }
  if (claimed.claimed) return { mine: true, token: claimed.token, dueMs, alerts: claimed.alerts };
  switch (claimed.why) {
    case 'limited':
      return withAlerts(deferralOf(claimed.answer, draft.kind), claimed.alerts);
    case 'attestation_used':
      return {
        result: 'refused_non_delegable',
        classes: attestations.map(({ scope }) => scope),
        error: 'The attestation was used by another draft in the meantime; give a fresh one for a new draft.',
      };
    case 'not_covered': {
      const error = `mandate ${mandate} was used up or withdrawn in the meantime, or has expired`;
      return { result: 'not_covered', error };
    }
    case 'taken':
      return ofTheOther(claimed.existing, input);
  }
}

function ofTheOther(existing: Parameters<typeof readSettlement>[0], input: CarryOutInput): Attempt {
  if (!isOurs(existing, queryOf(input)))
    return { result: 'lost_race', error: `${existing.owner} had claimed the draft, for ${existing.digest}.` };
  const settled = readSettlement(existing);
  if (settled === undefined)
    return {
      result: 'unknown',
      error: 'An earlier attempt of this dispatch had claimed the draft and not settled it.',
    };
  const as = claimedAs(existing, input.draft);
  return settled.found === 'executed'
    ? { result: 'executed', receipt: settled.receipt, ...as }
    : { result: 'execute_failed', error: settled.error, ...as };
}

function mandateUsed(draft: Draft, mandate: string, use: MandateUse): LedgerFact {
  return draftFact(draft, 'mandate.used', mandate, { mandate, digest: draft.digest, ...use });
}

function queryOf({ draft, owner, proposed }: CarryOutInput): Parameters<typeof isOurs>[1] {
  return { digest: draft.digest, owner, proposed };
}

function deferralOf(answer: Exclude<LimitAnswer, { kind: 'granted' }>, kind: string): Attempt {
  switch (answer.kind) {
    case 'frozen':
      return { result: 'frozen', error: `An operator has paused ${kind}, or everything; see: mandate limits` };
    case 'debounced': {
      const { retryInSeconds } = answer;
      return {
        result: 'debounced',
        retryInSeconds,
        error: `${kind} has to wait: for its cooldown, for the hourly cap, or since its provider asked for it.`,
      };
    }
    case 'circuit_open': {
      const { consecutiveFailures, retryInSeconds } = answer;
      const error = `The breaker of ${kind} is open after ${consecutiveFailures} failures in a row.`;
      return { result: 'circuit_open', consecutiveFailures, retryInSeconds, error };
    }
    case 'deferred_thermal': {
      const { retryInSeconds } = answer;
      return { result: 'deferred_thermal', retryInSeconds, error: 'Too many effects in a short time; all wait.' };
    }
  }
}

async function act({ action }: Ready, input: CarryOutInput, deps: ExecutorDeps, signal: AbortSignal): Promise<Acted> {
  try {
    return await action.act({ ...deps, draft: input.draft, signal });
  } catch (error) {
    deps.presence.count('unknown');
    // Without its cause, whose text may hold what is not to be recorded.
    throw failure('OutcomeUnknown', `Draft ${input.draft.id}: ${withoutSecrets(textOf(error))}`);
  }
}

/** What is known is not given up for a database that is away for a moment: the activity's margin is for this. */
async function settlePatiently(
  input: CarryOutInput,
  acted: Acted,
  provider: string | undefined,
  deps: ExecutorDeps,
): Promise<Attempt> {
  const giveUpAt = Date.now() + SETTLE_MS;
  for (;;) {
    try {
      return await settleAttempt(input, acted, provider, deps);
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || Date.now() >= giveUpAt) throw error;
    }
  }
}

async function settleAttempt(
  input: CarryOutInput,
  acted: Acted,
  provider: string | undefined,
  deps: ExecutorDeps,
): Promise<Attempt> {
  const { found, alerts } = await settleOnce(input.draft, acted, { kind: 'attempt', provider }, deps);
  const result: Attempt =
    found.found === 'executed'
      ? { result: 'executed', receipt: found.receipt }
      : { result: 'execute_failed', error: found.error };
  return withAlerts(result, alerts);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function withAlerts(attempt: Attempt, alerts: readonly LimitAlert[]): Attempt {
  return alerts.length === 0 ? attempt : { ...attempt, alerts };
}
