import { CancellationScope, isCancellation, setHandler, workflowInfo } from '@temporalio/workflow';
import { digestOf } from '../contract/canonical.ts';
import { grantAction, GrantInput } from '../contract/grant.ts';
import type { GrantOutcome } from '../contract/grant.ts';
import { grantWorkflowId, mandateRun } from '../contract/ids.ts';
import type { Mandate } from '../contract/mandate.ts';
import { cut } from '../contract/text.ts';
import { failure, parseInput } from '../failures.ts';
import { refusalOfApprovers, refusalOfMandate, settingsFor } from '../policy/admit-mandate.ts';
import { mandateInWords } from '../policy/mandate-words.ts';
import { grantMandate, mandateApprovers } from './activities.ts';
import { askForApproval } from './ask-for-approval.ts';
import type { Asked } from './ask-for-approval.ts';
import { grantStateQuery } from './messages.ts';

/**
 * Asks people whether a standing approval shall hold, and writes it down when they say so. Fails closed: silence, a
 * default, or a time that is over grants nothing. It goes past every dispatch, so that no mandate can let one through.
 *
 * Takes a `GrantInput`; fails as InvalidInput, before anybody is asked, for what could not be granted.
 */
export async function grant(input: unknown): Promise<GrantOutcome> {
  const { workflowId } = workflowInfo();
  const request = parseInput(GrantInput, input, `Grant ${workflowId}`);
  const { mandate } = request;
  const refusal = refusalOfMandate(mandate, Date.now()) ?? refusalOfApprovers(mandate, request.approval);
  if (refusal !== undefined) throw failure('InvalidInput', `Grant ${workflowId}: ${refusal}`);
  // Two workflows that ask about one mandate would be two grants of it.
  if (workflowId !== grantWorkflowId(mandate.id)) {
    throw failure('InvalidInput', `Grant ${workflowId}: must have the workflow id ${grantWorkflowId(mandate.id)}`);
  }
  let outcome: GrantOutcome = { mandateId: mandate.id, digest: digestOf(grantAction(mandate)), status: 'pending' };
  setHandler(grantStateQuery, () => outcome, { description: 'how the grant stands' });

  const asked = await ask(request, (requestId) => {
    outcome = { ...outcome, requestId };
  });
  // What people have decided is written down, whoever cancels now.
  const end = asked.approved
    ? await CancellationScope.nonCancellable(() => take(request, asked, outcome.requestId))
    : endOf(asked);
  outcome = { ...outcome, ...end };
  return outcome;
}

type End = Pick<GrantOutcome, 'status' | 'grantedBy' | 'error'>;

async function ask({ mandate, requester, approval }: GrantInput, onAsked: (requestId: string) => void): Promise<Asked> {
  try {
    // Who may let an agent act without being asked is for the operator to say, and not for whoever wants it.
    const { approval: configured } = await mandateApprovers();
    const settings = settingsFor(approval, configured);
    const refusal = configured && refusalOfApprovers(mandate, settings);
    if (refusal !== undefined)
      return { approved: false, status: 'refused', reason: `As the worker is configured, ${refusal}` };
    return await askForApproval(settings, {
      requestId: mandate.id,
      title: titleOf(mandate),
      action: grantAction(mandate),
      requester,
      // Silence may not grant one.
      irreversible: true,
      run: mandateRun(mandate.id),
      expiresAtMs: Date.parse(mandate.expiresAt),
      onAsked,
    });
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return { approved: false, status: 'cancelled', reason: 'The grant was cancelled before a decision.' };
  }
}

async function take(
  { mandate, requester }: GrantInput,
  asked: Extract<Asked, { approved: true }>,
  requestId: string | undefined,
): Promise<End> {
  if (requestId === undefined || asked.default !== undefined) {
    return { status: 'expired', error: 'Nobody decided in time, and silence grants nothing.' };
  }
  if (asked.digest !== digestOf(grantAction(mandate))) {
    return { status: 'refused', error: `What was approved (${asked.digest}) is not this mandate.` };
  }
  const refusal = refusalOfMandate(mandate, Date.now());
  if (refusal !== undefined) return { status: 'expired', error: refusal };
  const time = new Date().toISOString();
  const run = mandateRun(mandate.id);
  const granted = await grantMandate({ mandate, requestId, requester, grantedBy: asked.approvers, run, time });
  return granted.granted
    ? { status: 'granted', grantedBy: granted.grantedBy }
    : { status: 'refused', error: granted.why };
}

function endOf({ status, reason }: Extract<Asked, { approved: false }>): End {
  return { status: status === 'superseded' ? 'cancelled' : status, error: reason };
}

function titleOf(mandate: Mandate): string {
  // No title may hold these.
  const title = `Standing approval: ${mandateInWords(mandate)}`.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?');
  return cut(title, 200);
}
