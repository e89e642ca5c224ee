import { condition, sleep, workflowInfo } from '@temporalio/workflow';
import type { DispatchInput } from '../contract/dispatch.ts';
import type { CarryOutResult, LookUpResult, SignedDraft } from '../contract/effect.ts';
import { isSettled } from '../policy/draft-status.ts';
import { effectOnce, executor } from './activities.ts';
import type { DraftRecord } from './draft-record.ts';
import { readEffectFailure } from './effect-failure.ts';

// After an unknown outcome: how long each look follows the one before. Then only a person can settle it.
const LOOKS_SECONDS = [2, 10, 60, 600, 3_600];

// Nothing had begun, so the draft may be taken up again; the wait grows so that a broken executor is not hammered.
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 60_000;

/**
 * Carries a signed draft out and sees to it that its true outcome is found. The effect is tried again only when its
 * claim proves that no attempt had begun; the claim also decides between an attempt that was given up and the next.
 */
export async function carryOut(draft: DraftRecord, request: DispatchInput, signed: SignedDraft): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, MAX_WAIT_MS)) {
    const attempt = await tryOnce(draft, request, signed);
    const outcome = attempt.result === 'unknown' ? await findOut(draft, signed, attempt.error) : attempt;
    switch (outcome.result) {
      case 'executed':
        return draft.settled({ receipt: outcome.receipt });
      case 'execute_failed':
        return draft.settled({ error: outcome.error });
      case 'verify_failed':
        return draft.verifyFailed(outcome.error);
      case 'expired':
        return draft.expired(outcome.error);
      case 'lost_race':
        return draft.lostRace();
      case 'unknown':
        // findOut returns only when it is settled.
        return;
      case 'nothing_started':
        if (Date.now() >= draft.expiresAtMs) return draft.expired(outcome.error);
        await sleep(waitMs, { summary: 'nothing had begun: the approved draft is taken up again' });
    }
  }
}

async function tryOnce(draft: DraftRecord, request: DispatchInput, signed: SignedDraft): Promise<CarryOutResult> {
  const lifeMs = draft.expiresAtMs - Date.now();
  if (lifeMs <= 0) return { result: 'expired', error: 'The draft expired before it could be carried out.' };
  const effect = effectOnce(request.timeoutSeconds, lifeMs, `${request.action.kind}: the effect, at most once`);
  try {
    return await effect.carryOut({
      ...signed,
      owner: workflowInfo().workflowId,
      timeoutSeconds: request.timeoutSeconds,
    });
  } catch (error) {
    return readEffectFailure(error);
  }
}

async function findOut(draft: DraftRecord, signed: SignedDraft, error: string): Promise<CarryOutResult> {
  const first = await look(signed);
  if (first.result !== 'unknown') return first;
  draft.unknown(error);
  await draft.flush();
  for (const seconds of LOOKS_SECONDS) {
    const settled = (): boolean => isSettled(draft.status);
    if (await condition(settled, seconds * 1_000, { summary: 'outcome unknown: then look again' }))
      return unknown(error);
    const found = await look(signed);
    if (settled()) return unknown(error);
    if (found.result === 'executed' || found.result === 'execute_failed') return found;
  }
  await condition(() => isSettled(draft.status));
  return unknown(error);
}

async function look(signed: SignedDraft): Promise<CarryOutResult> {
  return readLook(await executor.lookUp({ ...signed, owner: workflowInfo().workflowId }));
}

function readLook(found: LookUpResult): CarryOutResult {
  switch (found.found) {
    case 'executed':
      return { result: 'executed', receipt: found.receipt };
    case 'execute_failed':
      return { result: 'execute_failed', error: found.error };
    case 'lost_race':
      return { result: 'lost_race', error: 'Another dispatch had claimed this draft.' };
    case 'unclaimed':
      return { result: 'nothing_started', error: 'The executor went away before it had begun.' };
    case 'unknown':
      return unknown(found.why);
  }
}

function unknown(error: string): CarryOutResult {
  return { result: 'unknown', error };
}
