import { CancellationScope, continueAsNew, isCancellation, setHandler, workflowInfo } from '@temporalio/workflow';
import { DispatchInput } from '../contract/dispatch.ts';
import type { DispatchOutcome } from '../contract/dispatch.ts';
import type { SignedDraft } from '../contract/draft.ts';
import { digestOf } from '../contract/canonical.ts';
import { parseInput } from '../failures.ts';
import { approveAndSign } from './approve-draft.ts';
import { carryOut } from './carry-out.ts';
import { DraftRecord } from './draft-record.ts';
import type { DraftStanding } from './draft-record.ts';
import { adoptEarlierAttempt } from './earlier-attempt.ts';
import { handlersFinished } from './handlers-finished.ts';
import { dispatchStateQuery, reconcileUpdate } from './messages.ts';
import { reconcile } from './reconcile.ts';

/** What a draft that had to wait for long hands to its next execution. */
interface Carried {
  readonly signed: SignedDraft;
  readonly createdAtMs: number;
  readonly standing: DraftStanding;
}

/**
 * Carries out one draft, at most once: admitted, approved where its rule says so, signed, claimed, tried once, settled.
 * Fails closed: whatever is not certain before the claim refuses, and whatever is not certain after it is called unknown
 * and stays open until a witness or a person settles it.
 *
 * Takes a `DispatchInput`; ends with the draft's status in every case but malformed input (InvalidInput).
 */
export async function dispatch(input: unknown, carried?: Carried): Promise<DispatchOutcome> {
  const { workflowId, startTime } = workflowInfo();
  const request = parseInput(DispatchInput, input, `Dispatch ${workflowId}`);
  const createdAtMs = carried?.createdAtMs ?? startTime.getTime();
  const { draftId: id, action, agent, run, ttlSeconds } = request;
  const { kind, target } = action;
  const expiresAtMs = createdAtMs + ttlSeconds * 1_000;
  const digest = digestOf(action);
  const draft = new DraftRecord({ id, kind, target, agent, run, digest, expiresAtMs }, carried?.standing);

  setHandler(dispatchStateQuery, () => draft.outcome(), { description: 'how the draft stands' });
  setHandler(reconcileUpdate, (payload) => reconcile(draft, payload), {
    description: 'settles an unknown outcome: {by, outcome: happened | did_not_happen, url?, reason?}',
  });

  let signed = carried?.signed;
  try {
    signed ??= await approveAndSign(draft, request, createdAtMs);
    const { timeoutSeconds, declared } = request;
    while (signed !== undefined) {
      const how = await carryOut(draft, { signed, timeoutSeconds, declared });
      if (how === 'ended') break;
      if (how === 'not covered') {
        // Nobody has let it through: now people are asked.
        signed = await approveAndSign(draft, request, createdAtMs);
        continue;
      }
      await draft.flush();
      await handlersFinished();
      const next: Carried = { signed, createdAtMs, standing: draft.standing() };
      // A cancellation that has come meanwhile would be lost on the next execution.
      if (!CancellationScope.current().consideredCancelled) await continueAsNew<typeof dispatch>(input, next);
      draft.cancelled();
      break;
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    draft.cancelled();
  }
  await adoptEarlierAttempt(draft, signed);
  await draft.flush();
  await handlersFinished();
  return draft.outcome();
}
