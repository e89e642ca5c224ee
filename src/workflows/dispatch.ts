import { CancellationScope, continueAsNew, isCancellation, setHandler, workflowInfo } from '@temporalio/workflow';
import { ActivityFailure, TimeoutFailure } from '@temporalio/common';
import { DispatchInput } from '../contract/dispatch.ts';
import type { DispatchOutcome } from '../contract/dispatch.ts';
import type { SignedDraft } from '../contract/draft.ts';
import type { Admission, SignResult, UnsignedDraft } from '../contract/effect.ts';
import type { JsonObject } from '../contract/json.ts';
import { digestOf } from '../contract/canonical.ts';
import { parseInput } from '../failures.ts';
import { admitDraft, signer } from './activities.ts';
import { askForApproval } from './ask-for-approval.ts';
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
    if (signed !== undefined) {
      const { timeoutSeconds, declared } = request;
      const how = await carryOut(draft, { signed, timeoutSeconds, declared });
      if (how === 'to be continued') {
        await draft.flush();
        await handlersFinished();
        const next: Carried = { signed, createdAtMs, standing: draft.standing() };
        // A cancellation that has come meanwhile would be lost on the next execution.
        if (CancellationScope.current().consideredCancelled) draft.cancelled();
        else await continueAsNew<typeof dispatch>(input, next);
      }
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

/** Undefined when the draft has ended on the way. */
async function approveAndSign(
  draft: DraftRecord,
  request: DispatchInput,
  createdAtMs: number,
): Promise<SignedDraft | undefined> {
  const admission = await admitDraft({ request, facts: draft.created(request) });
  if (!admission.ok) {
    draft.refused(admission.reason);
    return undefined;
  }
  const approvedBy = await approve(draft, request, admission);
  if (approvedBy === undefined) return undefined;

  const signed = await sign(draft, unsigned(draft, request, createdAtMs), approvedBy);
  if (!signed.ok) {
    if (signed.status === 'expired') draft.expired(signed.reason);
    else draft.refused(signed.reason);
    return undefined;
  }
  if (CancellationScope.current().consideredCancelled) {
    draft.cancelled();
    return undefined;
  }
  return { draft: signed.draft, signature: signed.signature };
}

async function sign(draft: DraftRecord, unsigned: UnsignedDraft, approvedBy: string): Promise<SignResult> {
  try {
    return await signer(draft.expiresAtMs - Date.now()).sign({ draft: unsigned, approvedBy });
  } catch (error) {
    // It was tried as long as the draft lived; the last try may have ended by itself, or not at all.
    const late =
      error instanceof ActivityFailure && (error.retryState === 'TIMEOUT' || error.cause instanceof TimeoutFailure);
    if (!late) throw error;
    return { ok: false, status: 'expired', reason: 'No executor signed the draft before it expired.' };
  }
}

/** Who let it through: people, a declared default, or the policy itself. Undefined when nobody did. */
async function approve(
  draft: DraftRecord,
  request: DispatchInput,
  admission: Extract<Admission, { ok: true }>,
): Promise<string | undefined> {
  if (request.approval === 'none') {
    draft.approved(undefined);
    return 'policy';
  }
  const asked = await askForApproval(request.approval, {
    requestId: request.draftId,
    title: request.title ?? admission.summary,
    action: request.action,
    requester: request.requester,
    actingAgent: request.agent,
    irreversible: !admission.reversible,
    context: contextOf(request, admission),
    run: request.run,
    stage: request.stage,
    expiresAtMs: draft.expiresAtMs,
    onAsked: (requestId) => {
      draft.requestId = requestId;
    },
  });
  if (!asked.approved) {
    draft.notApproved(asked);
    return undefined;
  }
  draft.approved(asked.default);
  // A decision is bound to a digest: what was approved is what runs.
  if (asked.digest !== draft.digest) {
    draft.refused(`What was approved (${asked.digest}) is not this draft (${draft.digest}).`);
    return undefined;
  }
  return asked.by;
}

/** What people see beside the action: the proposer's words, and what would be refused whatever they decide. */
function contextOf(
  { agent, title, reason, approval }: DispatchInput,
  { nonDelegable }: Extract<Admission, { ok: true }>,
): JsonObject {
  return {
    agent,
    // The policy's own title needs no such mark.
    ...(title === undefined || approval === 'none' || approval.title !== undefined ? {} : { titledBy: agent }),
    ...(reason === undefined ? {} : { reason }),
    ...(nonDelegable.length === 0 ? {} : { nonDelegable: [...nonDelegable] }),
  };
}

function unsigned(draft: DraftRecord, { action }: DispatchInput, createdAtMs: number): UnsignedDraft {
  const { kind: _kind, ...name } = draft.name;
  return {
    ...name,
    ...action,
    createdAt: new Date(createdAtMs).toISOString(),
    expiresAt: new Date(draft.expiresAtMs).toISOString(),
    digest: draft.digest,
  };
}
