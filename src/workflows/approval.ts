import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { ApprovalRequest, Supersession } from '../contract/approval-request.ts';
import type { ApprovalResult, DecisionAnswer } from '../contract/approval-request.ts';
import { readDecision } from '../contract/decision-wire.ts';
import { approvalWorkflowId, requestIdOf } from '../contract/ids.ts';
import { failure, parseInput } from '../failures.ts';
import { isEnded, nextWakeMs } from '../policy/approval.ts';
import type { ApprovalState } from '../policy/approval.ts';
import { hopeless } from '../policy/hopeless.ts';
import { openProvisionally } from '../policy/provisional.ts';
import { ApprovalDesk } from './approval-desk.ts';
import type { DeskSoFar } from './approval-desk.ts';
import { itemOf, resultOf, showInLists } from './approval-view.ts';
import type { ApprovalFacts } from './approval-view.ts';
import { handlersFinished } from './handlers-finished.ts';
import { InOrder } from './in-order.ts';
import { isReset } from './is-reset.ts';
import { openRequest } from './open-request.ts';
import { RunInStep } from './run-in-step.ts';
import { inDecisionOrder } from './signal-order.ts';
import { Verifier } from './verifier.ts';
import { approveSignal, decideUpdate, inboxItemQuery, rejectSignal, supersedeSignal } from './messages.ts';

type Read = ReturnType<typeof readDecision>;

const ITEM = { description: 'the request as an inbox shows it' };

/** What a request that has collected a long history hands to its next execution. */
interface Carried {
  readonly state: ApprovalState;
  readonly createdAtMs: number;
  readonly paused: boolean;
  readonly desk: DeskSoFar;
}

/**
 * Asks people for a decision about one exact action and waits, durably, until it ends in one of five ways. Fails closed:
 * whatever is not a decision by somebody who may decide, and is proven to, changes nothing, and silence applies the
 * declared default.
 *
 * Takes an `ApprovalRequest`; fails as InvalidInput or InvalidRequest, before anybody is asked, when no decision could
 * ever satisfy it.
 */
export async function approval(input: unknown, carried?: Carried): Promise<ApprovalResult> {
  const { workflowId, startTime } = workflowInfo();
  const requestId = requestIdOf(workflowId);
  if (workflowId !== approvalWorkflowId(requestId)) {
    throw failure(
      'InvalidInput',
      `Approval ${workflowId}: the workflow id of a request must begin with approval/, so that no two have one request id; start it as ${approvalWorkflowId(requestId)}.`,
    );
  }
  const request = parseInput(ApprovalRequest, input, `Approval ${requestId}`);
  const createdAtMs = carried?.createdAtMs ?? startTime.getTime();
  const facts: ApprovalFacts = { requestId, request, createdAtMs };

  // Who decided is looked up at once; what they decided counts one after the other, as they came, once the request is open.
  let desk: ApprovalDesk | undefined;
  const order = new InOrder();
  const verifier = new Verifier(requestId, createdAtMs);
  const atDesk = <T>(work: (at: ApprovalDesk) => T | Promise<T>): Promise<T> =>
    order.do(() => {
      if (desk === undefined) throw new Error('The request is not open.');
      return work(desk);
    });
  const decide = (read: Read): Promise<DecisionAnswer> => {
    const arrivedAtMs = Date.now();
    if (!read.ok) return atDesk((at) => at.refuseUnread(read.message));
    const refused = desk && hopeless(desk.state, read.wire);
    if (refused !== undefined) return atDesk((at) => at.turnAway(refused, read.wire));
    const verified = verifier.verify(read.wire, arrivedAtMs);
    return atDesk(async (at) => at.decide(read.wire, await verified, arrivedAtMs));
  };
  inDecisionOrder({
    [approveSignal.name]: (payload) => void decide(readDecision(payload, 'approve')),
    [rejectSignal.name]: (payload) => void decide(readDecision(payload, 'reject')),
    [supersedeSignal.name]: (payload) => {
      const arrivedAtMs = Date.now();
      const read = Supersession.safeParse(payload);
      void atDesk(async (at) => {
        if (!read.success) at.refuseUnread('supersede takes {by, requestId}');
        if (!read.success || isEnded(at.state)) return;
        await momentStands();
        at.supersede(read.data, arrivedAtMs);
      });
    },
  });
  const decideAndRecord = async (payload: unknown): Promise<DecisionAnswer> => {
    const answer = await decide(readDecision(payload));
    // What is answered is in the ledger.
    await desk?.recorded();
    return answer;
  };
  // After the signals: those that came with the first task were sent before any update that came with it.
  setHandler(decideUpdate, decideAndRecord, {
    validator: refuseUnread,
    description: 'a decision that is answered: {by, verdict, reason?, digest?, decisionId?, group?, edits?, proof?}',
  });

  const provisional = carried?.state ?? openProvisionally(request, createdAtMs);
  // One that will be refused has nothing to show.
  if (provisional !== undefined) {
    setHandler(inboxItemQuery, () => desk?.item() ?? itemOf(facts, provisional), ITEM);
    // Also while the store is away: people may look at it then.
    showInLists(facts, provisional, itemOf(facts, provisional));
  }

  const state = carried?.state ?? (await openRequest(facts));
  const opened = new ApprovalDesk(facts, state, carried?.desk);
  desk = opened;
  setHandler(inboxItemQuery, () => opened.item(), ITEM);
  if (carried === undefined) opened.opened();
  showInLists(facts, state, opened.item());
  order.start();
  const step = new RunInStep(request.run, carried?.paused ?? mayHavePaused(request));
  try {
    await opened.flush();
    while (!isEnded(opened.state)) {
      await somethingHappens(opened);
      await passTime(order, opened);
      await opened.flush();
      await step.keep(opened.state);
      if (workflowInfo().continueAsNewSuggested && !isEnded(opened.state)) {
        await everythingSaid(opened, order);
        // A cancellation that has come meanwhile would be lost on the next execution.
        if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('The request was cancelled.');
        if (!isEnded(opened.state)) {
          const next: Carried = { state: opened.state, createdAtMs, paused: step.paused, desk: opened.soFar() };
          await continueAsNew<typeof approval>(input, next);
        }
      }
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => cancel(order, opened));
  }
  await CancellationScope.nonCancellable(async () => {
    // What came after the end is answered too.
    await everythingSaid(opened, order);
    // It may have ended while the run was being told of what it was before.
    await step.keep(opened.state);
  });
  return resultOf(facts, opened.state);
}

/** In an execution that a reset made, its earlier self may have paused the run. */
function mayHavePaused({ onTimeout }: ApprovalRequest): boolean {
  return onTimeout === 'suspend' && isReset();
}

/** What time brings, as of now and in its turn: what came before is judged before it, and what comes while it waits after it. */
function passTime(order: InOrder, desk: ApprovalDesk): Promise<void> {
  const nowMs = Date.now();
  return order.do(async () => {
    if (desk.endsBy(nowMs)) await momentStands();
    desk.passTime(nowMs);
  });
}

function cancel(order: InOrder, desk: ApprovalDesk): Promise<void> {
  const nowMs = Date.now();
  return order.do(async () => {
    await momentStands();
    desk.cancel(nowMs);
  });
}

/**
 * Ends the workflow task, so that the moment of an end stands in the history before the end is recorded. A task that
 * fails after that, or whose worker dies, is done again later, and must come to the same end.
 */
function momentStands(): Promise<void> {
  return CancellationScope.nonCancellable(() => sleep(1, { summary: 'from now on it has ended' }));
}

/** Waits until every decision that has come is judged, recorded and answered. */
async function everythingSaid(desk: ApprovalDesk, order: InOrder): Promise<void> {
  do {
    await condition(() => order.isIdle());
    await desk.flush();
    await handlersFinished();
  } while (!order.isIdle() || desk.pending());
}

async function somethingHappens(desk: ApprovalDesk): Promise<void> {
  // A flood is only counted, not recorded; it must still lead on to a new history before the server ends this one.
  const news = (): boolean => desk.pending() || isEnded(desk.state) || workflowInfo().continueAsNewSuggested;
  const wakes = [nextWakeMs(desk.state), desk.nextReminderMs()].filter((wakeMs) => wakeMs !== undefined);
  if (wakes.length === 0) {
    await condition(news);
    return;
  }
  await condition(news, Math.max(Math.min(...wakes) - Date.now(), 1), { summary: desk.whatTimeBrings() });
}

function refuseUnread(payload: unknown): void {
  const read = readDecision(payload);
  if (!read.ok) throw ApplicationFailure.nonRetryable(read.message, 'Invalid');
}
