import { CancellationScope, isCancellation, sleep, workflowInfo } from '@temporalio/workflow';
import type { Deferral } from '../contract/dispatch.ts';
import type { SignedDraft } from '../contract/draft.ts';
import type { Attempt } from '../contract/effect.ts';
import type { NonDelegable } from '../contract/non-delegable.ts';
import { effectOnce } from './activities.ts';
import type { DraftRecord } from './draft-record.ts';
import { closeClaim } from './earlier-attempt.ts';
import { readEffectFailure } from './effect-failure.ts';
import { findOut } from './find-out.ts';
import { summary } from './server-limits.ts';

/** A signed draft and how it is to be carried out. */
export interface Work {
  readonly signed: SignedDraft;
  readonly timeoutSeconds: number;
  readonly declared: readonly NonDelegable[];
}

// Nothing had begun, or an operator has paused everything: the wait grows so that nobody is hammered, and stays short
// enough for whoever resumes.
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 60_000;

/**
 * Carries a signed draft out and sees to it that its true outcome is found. The effect is tried again only when nothing
 * had begun: a limiter or an operator made it wait, or its claim proves it; the claim also decides between an attempt
 * that was given up and the next. `to be continued`: it still waits, and its history is long. `not covered`: nobody has
 * let it through, for its mandate does not any more.
 */
export async function carryOut(draft: DraftRecord, work: Work): Promise<'ended' | 'to be continued' | 'not covered'> {
  for (let pauseMs = FIRST_WAIT_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_WAIT_MS)) {
    const attempt = await tryUnlessCancelled(draft, work);
    draft.limitersTold(attempt.alerts ?? []);
    const outcome =
      attempt.result === 'unknown'
        ? await CancellationScope.nonCancellable(() => findOut(draft, work.signed, attempt.error))
        : attempt;
    if (outcome.result === 'executed' || outcome.result === 'execute_failed') draft.claimedAs(outcome);
    switch (outcome.result) {
      case 'executed':
        draft.settled({ receipt: outcome.receipt });
        return 'ended';
      case 'execute_failed':
        draft.settled({ error: outcome.error });
        return 'ended';
      case 'settled':
        return 'ended';
      case 'verify_failed':
      case 'expired':
      case 'revoked':
      case 'refused_non_delegable':
        draft.refusedBy(outcome);
        return 'ended';
      case 'lost_race':
        draft.lostRace();
        return 'ended';
      case 'not_covered':
        draft.uncovered(outcome.error);
        return 'not covered';
      case 'debounced':
      case 'circuit_open':
      case 'deferred_thermal':
        pauseMs = FIRST_WAIT_MS;
        await wait(draft, outcome, outcome.retryInSeconds * 1_000);
        break;
      case 'frozen':
        await wait(draft, outcome, pauseMs);
        break;
      case 'nothing_started':
        draft.givenUp ||= attempt.result === 'unknown';
        await sleep(pauseMs, { summary: 'nothing had begun: the approved draft is taken up again' });
        break;
    }
    if (Date.now() >= draft.expiresAtMs) {
      draft.expired(draft.whyWaiting() ?? 'The draft expired before it could be carried out.');
      return 'ended';
    }
    if (workflowInfo().continueAsNewSuggested) return 'to be continued';
  }
}

/**
 * An attempt that only waits for an executor is withdrawn by a cancellation; one that has claimed the draft goes on to
 * its true outcome, whatever anybody cancels.
 */
async function tryUnlessCancelled(draft: DraftRecord, work: Work): Promise<Attempt> {
  const trying = CancellationScope.nonCancellable(() => tryOnce(draft, work));
  try {
    return await Promise.race([trying, CancellationScope.current().cancelRequested]);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    draft.givenUp = true;
    const claim = await CancellationScope.nonCancellable(() => closeClaim(draft));
    if (claim.found === 'unclaimed') throw error;
    return trying;
  }
}

async function tryOnce(draft: DraftRecord, { signed, timeoutSeconds, declared }: Work): Promise<Attempt> {
  const lifeMs = draft.expiresAtMs - Date.now();
  if (lifeMs <= 0) return { result: 'expired', error: 'The draft expired before it could be carried out.' };
  const effect = effectOnce(timeoutSeconds, lifeMs, `${signed.draft.kind}: the effect, at most once`);
  try {
    return await effect.carryOut({
      ...signed,
      owner: workflowInfo().workflowId,
      timeoutSeconds,
      declared,
      ...draft.edit(),
      ...(draft.mandate === undefined ? {} : { mandate: draft.mandate }),
    });
  } catch (error) {
    return readEffectFailure(error);
  }
}

/** The draft stays approved for as long as it was told to wait, and no longer than it lives. */
async function wait(draft: DraftRecord, deferral: Deferral, forMs: number): Promise<void> {
  const untilMs = Math.min(Date.now() + forMs, draft.expiresAtMs);
  draft.deferred(deferral, untilMs);
  await draft.flush();
  const why = { summary: summary(`${deferral.result}: ${deferral.error}`) };
  await sleep(Math.max(untilMs - Date.now(), 1), why);
}
