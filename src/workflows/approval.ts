import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { ApprovalRequest } from '../contract/approval-request.ts';
import type { ApprovalResult } from '../contract/approval-request.ts';
import { digestOf } from '../contract/canonical.ts';
import { readDecision } from '../contract/decision-wire.ts';
import { requestIdOf, runWorkflowId } from '../contract/ids.ts';
import { failure, parseInput } from '../failures.ts';
import { isEnded, nextWakeMs, openApproval } from '../policy/approval.ts';
import type { ApprovalState } from '../policy/approval.ts';
import { ApprovalDesk } from './approval-desk.ts';
import { handlersFinished } from './handlers-finished.ts';
import { inDecisionOrder } from './signal-order.ts';
import { tell } from './tell.ts';
import {
  approveSignal,
  decideUpdate,
  inboxItemQuery,
  pauseSignal,
  rejectSignal,
  resumeSignal,
  supersedeSignal,
} from './messages.ts';

/** What a request that has collected a long history hands to its next execution. */
interface Carried {
  readonly state: ApprovalState;
  readonly createdAtMs: number;
  readonly refused: number;
  readonly paused: boolean;
}

/**
 * Asks people for a decision about one exact action and waits, durably, until it ends in one of five ways. Fails closed:
 * whatever is not a decision by somebody who may decide changes nothing, and silence applies the declared default.
 *
 * Takes an `ApprovalRequest`; fails as InvalidInput or InvalidRequest, before anybody is asked, when no decision could
 * ever satisfy it.
 */
export async function approval(input: unknown, carried?: Carried): Promise<ApprovalResult> {
  const { workflowId, startTime } = workflowInfo();
  const requestId = requestIdOf(workflowId);
  const request = parseInput(ApprovalRequest, input, `Approval ${requestId}`);
  const createdAtMs = carried?.createdAtMs ?? startTime.getTime();
  const desk = new ApprovalDesk(requestId, request, carried?.state ?? open(request, createdAtMs), {
    createdAtMs,
    refused: carried?.refused ?? 0,
  });
  // First of all, since decisions that came early are recorded as soon as their handlers are set.
  if (carried === undefined) desk.opened();

  setHandler(inboxItemQuery, () => desk.item(), { description: 'the request as an inbox shows it' });
  inDecisionOrder({
    [approveSignal.name]: (payload) => desk.receive(readDecision(payload, 'approve')),
    [rejectSignal.name]: (payload) => desk.receive(readDecision(payload, 'reject')),
    [supersedeSignal.name]: (payload) => desk.supersede(payload),
  });
  // After the signals: those that came with the first task were sent before any update that came with it.
  setHandler(decideUpdate, (payload) => desk.decide(readDecision(payload)), {
    validator: (payload) => refuseUnread(desk, payload),
    description: 'a decision that is answered: {by, verdict, reason?, digest?, decisionId?, group?, edits?}',
  });

  desk.showInLists();
  await desk.flush();
  let paused = carried?.paused ?? false;
  try {
    while (!isEnded(desk.state)) {
      await somethingHappens(desk);
      desk.passTime();
      await desk.flush();
      paused = await keepRunInStep(desk, request.run, paused);
      if (workflowInfo().continueAsNewSuggested && !isEnded(desk.state)) {
        await handlersFinished();
        await desk.flush();
        if (!isEnded(desk.state)) {
          const next: Carried = { state: desk.state, createdAtMs, refused: desk.refused, paused };
          await continueAsNew<typeof approval>(input, next);
        }
      }
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    desk.cancel();
    await CancellationScope.nonCancellable(() => keepRunInStep(desk, request.run, paused));
  }
  await desk.flush();
  await handlersFinished();
  return desk.result();
}

function open(request: ApprovalRequest, createdAtMs: number): ApprovalState {
  const {
    title: _title,
    context: _context,
    priority: _priority,
    risk: _risk,
    run: _run,
    stage: _stage,
    reminders: _reminders,
    channels: _channels,
    ...terms
  } = request;
  const digest = digestOf(terms.action);
  if (request.digest !== undefined && request.digest !== digest) {
    throw failure(
      'InvalidRequest',
      `digest: ${request.digest} is not the digest of the action, which is ${digest}; leave it out or correct it`,
    );
  }
  const opened = openApproval({ ...terms, digest }, createdAtMs);
  if (!opened.ok) throw failure('InvalidRequest', `${opened.error}: ${opened.message}`);
  return opened.state;
}

/** A suspended request pauses its run, and resumes it when it is no longer open. */
async function keepRunInStep(desk: ApprovalDesk, run: string | undefined, paused: boolean): Promise<boolean> {
  const suspended = desk.state.status === 'suspended';
  if (run === undefined || suspended === paused) return suspended;
  if (suspended) await tell(runWorkflowId(run), pauseSignal, { reason: 'the approval is overdue and suspended' });
  else await tell(runWorkflowId(run), resumeSignal, { reason: 'the approval has ended' });
  return suspended;
}

async function somethingHappens(desk: ApprovalDesk): Promise<void> {
  // A flood is only counted, not recorded; it must still lead on to a new history before the server ends this one.
  const news = (): boolean => desk.pending() || isEnded(desk.state) || workflowInfo().continueAsNewSuggested;
  const wakeMs = nextWakeMs(desk.state);
  if (wakeMs === undefined) {
    await condition(news);
    return;
  }
  await condition(news, Math.max(wakeMs - Date.now(), 1), { summary: desk.whatTimeBrings() });
}

function refuseUnread(desk: ApprovalDesk, payload: unknown): void {
  if (desk.flooded()) {
    throw ApplicationFailure.nonRetryable(
      'This request has refused too many messages; it takes signals only.',
      'Invalid',
    );
  }
  const read = readDecision(payload);
  if (!read.ok) throw ApplicationFailure.nonRetryable(read.message, 'Invalid');
}
