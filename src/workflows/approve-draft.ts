import { CancellationScope } from '@temporalio/workflow';
import { ActivityFailure, TimeoutFailure } from '@temporalio/common';
import type { Action } from '../contract/action.ts';
import { digestOf } from '../contract/canonical.ts';
import type { DispatchInput } from '../contract/dispatch.ts';
import type { SignedDraft } from '../contract/draft.ts';
import type { Admission, SignResult, UnsignedDraft } from '../contract/effect.ts';
import type { JsonObject } from '../contract/json.ts';
import type { ActionApproval } from '../contract/pipeline.ts';
import { isEditOf } from '../policy/edited-action.ts';
import { admitDraft, findMandate, signer } from './activities.ts';
import { askForApproval } from './ask-for-approval.ts';
import type { Asked } from './ask-for-approval.ts';
import type { DraftRecord } from './draft-record.ts';

type Admitted = Extract<Admission, { ok: true }>;

/** Who let an action through: people, a declared default, a mandate, or the policy itself; and what they made of it. */
interface Approved {
  readonly action: Action;
  readonly by: string;
}

/**
 * Admits a draft, has it approved where its rule says so, and signed as it was approved. Undefined when it has ended on
 * the way. Called again for a draft whose mandate did not cover it after all, it asks people.
 */
export async function approveAndSign(
  draft: DraftRecord,
  request: DispatchInput,
  createdAtMs: number,
): Promise<SignedDraft | undefined> {
  const admission = await admitDraft({ request, facts: draft.created(request) });
  if (!admission.ok) {
    draft.refused(admission.reason);
    return undefined;
  }
  const approved = await approve(draft, request, admission);
  if (approved === undefined) return undefined;

  const signed = await sign(draft, unsigned(draft, approved.action, createdAtMs), approved.by);
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

async function approve(draft: DraftRecord, request: DispatchInput, admission: Admitted): Promise<Approved | undefined> {
  const { action, approval } = request;
  if (approval === 'none') {
    draft.approved(undefined);
    return { action, by: 'policy' };
  }
  if (await isCovered(draft, request)) return { action, by: `mandate ${draft.mandate}` };

  const asked = await askPeople(draft, request, approval, admission);
  if (!asked.approved) {
    draft.notApproved(asked);
    return undefined;
  }
  draft.approved(asked.default);
  if (asked.digest === draft.digest) return { action, by: asked.by };
  return (await takeEdit(draft, request, approval, asked)) ? { action: asked.action, by: asked.by } : undefined;
}

/** Whether a standing approval lets it through. The executor looks again, and only what is used with the claim counts. */
async function isCovered(draft: DraftRecord, { draftId, action, agent, declared }: DispatchInput): Promise<boolean> {
  if (draft.wasUncovered) return false;
  const { mandate } = await findMandate({ draftId, action, agent, declared });
  if (mandate === undefined) return false;
  draft.covered(mandate);
  return true;
}

function askPeople(
  draft: DraftRecord,
  request: DispatchInput,
  approval: ActionApproval,
  admission: Admitted,
): Promise<Asked> {
  return askForApproval(approval, {
    requestId: request.draftId,
    title: request.title ?? admission.summary,
    action: request.action,
    requester: request.requester,
    actingAgent: request.agent,
    irreversible: !admission.reversible,
    context: contextOf(request, approval, admission),
    run: request.run,
    stage: request.stage,
    expiresAtMs: draft.expiresAtMs,
    onAsked: (requestId) => {
      draft.requestId = requestId;
    },
  });
}

/** What an approver made of the action is the draft from then on, once it is admitted as the first one was. */
async function takeEdit(
  draft: DraftRecord,
  request: DispatchInput,
  { editable }: ActionApproval,
  { action, digest, by }: Extract<Asked, { approved: true }>,
): Promise<boolean> {
  // A decision is bound to a digest: what was approved is what runs, and nothing else is.
  if (digestOf(action) !== digest || !isEditOf(action, request.action, editable)) {
    draft.refused(`What was approved (${digest}) is not this draft (${draft.digest}).`);
    return false;
  }
  const admission = await admitDraft({ request: { ...request, action }, facts: draft.edited(digest, by) });
  if (!admission.ok) draft.refused(`As ${by} edited it: ${admission.reason}`);
  return admission.ok;
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

/** What people see beside the action: the proposer's words, and what would be refused whatever they decide. */
function contextOf(
  { agent, title, reason }: DispatchInput,
  approval: ActionApproval,
  { nonDelegable }: Admitted,
): JsonObject {
  return {
    agent,
    // The policy's own title needs no such mark.
    ...(title === undefined || approval.title !== undefined ? {} : { titledBy: agent }),
    ...(reason === undefined ? {} : { reason }),
    ...(nonDelegable.length === 0 ? {} : { nonDelegable: [...nonDelegable] }),
  };
}

function unsigned(draft: DraftRecord, action: Action, createdAtMs: number): UnsignedDraft {
  const { kind: _kind, ...name } = draft.name;
  return {
    ...name,
    ...action,
    createdAt: new Date(createdAtMs).toISOString(),
    expiresAt: new Date(draft.expiresAtMs).toISOString(),
    digest: draft.digest,
  };
}
