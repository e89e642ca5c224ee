import { setTimeout as sleep } from 'node:timers/promises';
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { ApprovalStatus } from './contract/approval.ts';
import type { DecisionAnswer, InboxItem } from './contract/approval-request.ts';
import { readDecision } from './contract/decision-wire.ts';
import type { DecisionWire } from './contract/decision-wire.ts';
import { sha256Hex } from './contract/canonical.ts';
import { approvalWorkflowId } from './contract/ids.ts';
import { grpcCodeOf } from './grpc-code.ts';
import { lookUpRequest } from './look-up-request.ts';
import { answerAfterEnd, answerOfVotes } from './policy/answer-after-end.ts';
import { approveSignal, decideUpdate, rejectSignal } from './workflows/messages.ts';
import { MandateError } from './mandate-error.ts';
import { newId } from './new-id.ts';

/**
 * What became of a decision. `Recorded` means that no worker answered in time: the decision is kept and will be judged
 * when one does; look at the request later.
 */
export type DecisionOutcome = DecisionAnswer | { readonly outcome: 'Recorded'; readonly status: ApprovalStatus };

/** How long an answer is waited for, in milliseconds. */
interface Patience {
  /** A person waits: when no worker answers by then, the decision goes as a signal, which needs none. */
  readonly answerMs: number;
  /** Then its answer is looked for once more: mostly the way was only crowded. */
  readonly lookMs: number;
}

const PATIENCE: Patience = { answerMs: 5_000, lookMs: 5_000 };

// So the server answers while the workflow's task fails, which passes.
const FAILED_PRECONDITION = 9;

// The server takes ten updates at once for one workflow, and turns further ones away (as RESOURCE_EXHAUSTED).
const RESOURCE_EXHAUSTED = 8;
const AGAIN_AFTER_MS = { atLeast: 50, atMost: 250 } as const;

/** Decides, and tells what became of it. Throws `UnknownRequest`, and of a request that was refused what its `result` throws. */
export async function decide(
  client: Client,
  requestId: string,
  decision: DecisionWire,
  { answerMs, lookMs }: Patience = PATIENCE,
): Promise<DecisionOutcome> {
  // The same id on every way it is sent: however often it arrives, it counts once.
  const decisionId = decision.decisionId ?? newId();
  const approval = client.workflow.getHandle(approvalWorkflowId(requestId));
  const item = (): Promise<InboxItem> => lookUpRequest(client.workflow, requestId);
  const sent = { ...decision, decisionId };
  const asJson = JSON.stringify(sent);
  // What the workflow would not read is not sent: the server takes no message of any size.
  const read = readDecision(JSON.parse(asJson));
  if (!read.ok) return invalid(read.message, await statusOf(client, answerMs, item));
  // Of all that is decided: another decision under the same id must not be answered as the first one was.
  const updateId = `decide/${sha256Hex(asJson)}`;
  const update = (withinMs: number): Promise<Answered> =>
    answerWithin(client, withinMs, () => approval.executeUpdate(decideUpdate, { updateId, args: [sent] }));

  const first = await update(answerMs);
  if (typeof first === 'object' && 'refused' in first) return invalid(first.refused, (await item()).status);
  if (first === 'ended') return answerAfterEnd(await item());
  if (first !== 'unanswered') return first;

  const { verdict, ...rest } = decision;
  try {
    await approval.signal(verdict === 'approve' ? approveSignal : rejectSignal, { ...rest, decisionId });
  } catch (error) {
    // An update that nobody answered may have been carried out all the same, and have been the last one.
    if (error instanceof WorkflowNotFoundError) return whatCameOfIt(await item(), decision);
    throw error;
  }
  // It is there now, and is judged in its turn, before what is sent after it: the same decision again is told how.
  try {
    const second = await update(lookMs);
    if (second === 'ended') return whatCameOfIt(await item(), decision);
    if (second !== 'unanswered' && !('refused' in second)) return second;
  } catch {
    // Nobody can tell, but what was sent is kept.
  }
  return { outcome: 'Recorded', status: 'pending' };
}

type Answered = DecisionAnswer | { readonly refused: string } | 'ended' | 'unanswered';

async function answerWithin(client: Client, ms: number, ask: () => Promise<DecisionAnswer>): Promise<Answered> {
  const giveUpAt = Date.now() + ms;
  for (;;) {
    try {
      return await client.connection.withDeadline(giveUpAt, ask);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'ended';
      if (error instanceof WorkflowUpdateFailedError) return hasEnded(error) ? 'ended' : { refused: reasonOf(error) };
      if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return 'unanswered';
      if (grpcCodeOf(error) === FAILED_PRECONDITION) return 'unanswered';
      if (grpcCodeOf(error) !== RESOURCE_EXHAUSTED) throw error;
      const { atLeast, atMost } = AGAIN_AFTER_MS;
      const pause = atLeast + Math.random() * (atMost - atLeast);
      if (Date.now() + pause >= giveUpAt) return 'unanswered';
      await sleep(pause);
    }
  }
}

/** How it stands where that can be told; without it, there is still an answer. */
async function statusOf(client: Client, ms: number, item: () => Promise<InboxItem>): Promise<ApprovalStatus> {
  try {
    return (await client.connection.withDeadline(Date.now() + ms, item)).status;
  } catch (error) {
    if (error instanceof MandateError) throw error;
    return 'pending';
  }
}

/** The server fails an update that had been taken when its workflow ended before it was done. */
function hasEnded({ cause }: WorkflowUpdateFailedError): boolean {
  return cause instanceof ApplicationFailure && cause.type === 'AcceptedUpdateCompletedWorkflow';
}

function reasonOf(error: WorkflowUpdateFailedError): string {
  return error.cause?.message ?? error.message;
}

function invalid(message: string, status: ApprovalStatus): DecisionAnswer {
  return { outcome: 'Invalid', status, message };
}

/** Of a request that has ended, after the decision had been sent: its own votes say whether this was one of them. */
function whatCameOfIt(item: InboxItem, { by, verdict }: DecisionWire): DecisionOutcome {
  const { status } = item;
  if (by === undefined) return { outcome: 'Recorded', status };
  return answerOfVotes(item, by, verdict);
}
