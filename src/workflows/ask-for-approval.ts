import { CancellationScope, isCancellation, startChild, workflowInfo } from '@temporalio/workflow';
import {
  ApplicationFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import type { Action } from '../contract/action.ts';
import type { ApprovalRequestInput, ApprovalResult } from '../contract/approval-request.ts';
import { approvalWorkflowId, runWorkflowId } from '../contract/ids.ts';
import type { JsonObject } from '../contract/json.ts';
import type { ActionApproval, ApprovalSettings } from '../contract/pipeline.ts';
import type { approval } from './approval.ts';
import { openingOf } from './approval-opening.ts';
import { isReset } from './is-reset.ts';
import { resumeSignal, supersedeSignal } from './messages.ts';
import { tell } from './tell.ts';

export interface Question {
  readonly requestId: string;
  readonly title: string;
  readonly action: Action;
  readonly requester: string;
  readonly run: string;
  readonly stage?: string | undefined;
  readonly actingAgent?: string | undefined;
  readonly irreversible?: boolean;
  readonly context?: JsonObject;
  /** When the thing that is asked about ceases to be of use, in milliseconds; the request is withdrawn then. */
  readonly expiresAtMs?: number;
  /** Told under which id the request is made, as soon as it is. */
  readonly onAsked?: (requestId: string) => void;
  /**
   * Told that the request was terminated, and so resumes nothing that it has paused; by its workflow id. By default the
   * run is told in its name.
   */
  readonly onGone?: (workflowId: string) => void | Promise<void>;
}

export type Asked =
  | {
      readonly approved: true;
      /** What was approved: the action that was asked about, or what an approver made of it. */
      readonly action: Action;
      readonly digest: string;
      /** Who approved, as the request itself says; nobody where a default was applied. */
      readonly approvers: readonly string[];
      /** The same in words. */
      readonly by: string;
      readonly default?: string;
    }
  | {
      readonly approved: false;
      readonly status: 'rejected' | 'expired' | 'cancelled' | 'superseded' | 'refused';
      readonly default?: string;
      readonly reason: string;
    };

/** Members of the payload may be edited where the settings say so. */
type Settings = ApprovalSettings & Partial<Pick<ActionApproval, 'editable'>>;

/** Asks people as a child workflow. Fails closed: everything but an approval, or a declared default of `approve`, is a no. */
export async function askForApproval(settings: Settings, question: Question): Promise<Asked> {
  const { expiresAtMs } = question;
  if (expiresAtMs === undefined || !mayOutlive(settings, expiresAtMs)) return ask(settings, question);
  // A request must not stay in inboxes when nothing can come of it any more.
  const asked = await CancellationScope.withTimeout(Math.max(expiresAtMs - Date.now(), 1), () =>
    ask(settings, question),
  );
  const expired = !asked.approved && asked.status === 'cancelled' && Date.now() >= expiresAtMs;
  return expired ? { approved: false, status: 'expired', reason: 'The draft expired before a decision.' } : asked;
}

// A request whose deadline is the end of its draft is made a moment after the draft; that is no reason for another timer.
const SLACK_MS = 5_000;

function mayOutlive({ onTimeout, timeoutSeconds }: ApprovalSettings, expiresAtMs: number): boolean {
  if (onTimeout === 'suspend' || onTimeout === 'escalate') return true;
  return Date.now() + timeoutSeconds * 1_000 > expiresAtMs + SLACK_MS;
}

async function ask(settings: Settings, question: Question): Promise<Asked> {
  try {
    return verdictOf(await startUnderFreeId(settings, question));
  } catch (error) {
    if (isCancellation(error)) throw error;
    if (!(error instanceof ChildWorkflowFailure)) throw error;
    const { cause } = error;
    const why = cause instanceof ApplicationFailure ? cause.message : 'The approval was terminated.';
    return { approved: false, status: cause instanceof ApplicationFailure ? 'refused' : 'cancelled', reason: why };
  }
}

async function startUnderFreeId(settings: Settings, question: Question): Promise<ApprovalResult> {
  try {
    return await askUnder(question.requestId, settings, question);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const requestId = `${question.requestId}-${workflowInfo().runId.slice(0, 8)}`;
    // After a reset this execution's earlier self has asked already; what was answered there is not ours to take over.
    if (isReset()) await tell(approvalWorkflowId(question.requestId), supersedeSignal, { requestId });
    return askUnder(requestId, settings, question);
  }
}

async function askUnder(requestId: string, settings: Settings, question: Question): Promise<ApprovalResult> {
  const { approvers, rule, timeoutSeconds, onTimeout, escalation, reminders, channels, priority, risk, editable } =
    settings;
  const request: ApprovalRequestInput = {
    title: settings.title ?? question.title,
    action: question.action,
    context: question.context ?? {},
    requester: question.requester,
    ...(question.actingAgent === undefined ? {} : { actingAgent: question.actingAgent }),
    irreversible: question.irreversible ?? false,
    approvers,
    rule,
    timeoutSeconds,
    onTimeout,
    escalation,
    reminders,
    ...(channels === undefined ? {} : { channels }),
    ...(editable === undefined ? {} : { editable }),
    priority,
    ...(risk === undefined ? {} : { risk }),
    run: question.run,
    ...(question.stage === undefined ? {} : { stage: question.stage }),
  };
  const child = await startChild<typeof approval>('approval', {
    workflowId: approvalWorkflowId(requestId),
    args: [request],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    parentClosePolicy: 'REQUEST_CANCEL',
    ...openingOf(request, Date.now()),
  });
  question.onAsked?.(requestId);
  try {
    return await child.result();
  } catch (error) {
    if (onTimeout === 'suspend' && wasTerminated(error)) {
      // Also where nothing may come of it any more: the run would stand still for ever.
      await CancellationScope.nonCancellable(async () => (question.onGone ?? resumeRun)(child.workflowId));
    }
    throw error;
  }

  function resumeRun(by: string): Promise<void> {
    return tell(runWorkflowId(question.run), resumeSignal, { by, reason: 'the approval is gone' });
  }
}

function wasTerminated(error: unknown): boolean {
  return error instanceof ChildWorkflowFailure && error.cause instanceof TerminatedFailure;
}

function verdictOf(result: ApprovalResult): Asked {
  const applied = result.default === undefined ? {} : { default: result.default };
  switch (result.status) {
    case 'approved': {
      const approvers = approversOf(result);
      return { approved: true, action: result.action, digest: result.digest, approvers, by: approvers.join(', ') };
    }
    case 'expired':
      return result.default === 'approve'
        ? {
            approved: true,
            action: result.action,
            digest: result.digest,
            approvers: [],
            by: 'the default at the deadline',
            ...applied,
          }
        : { approved: false, status: 'expired', reason: 'Nobody decided in time.', ...applied };
    case 'rejected':
      return { approved: false, status: 'rejected', reason: reasonsOf(result) };
    case 'superseded':
      return { approved: false, status: 'superseded', reason: 'Another request took its place.' };
    case 'cancelled':
    case 'pending':
    case 'suspended':
      return { approved: false, status: 'cancelled', reason: 'The request was cancelled.' };
  }
}

function approversOf({ decisions }: ApprovalResult): string[] {
  return decisions.filter(({ verdict }) => verdict === 'approve').map(({ by }) => by);
}

function reasonsOf(result: ApprovalResult): string {
  const rejections = result.decisions.filter((decision) => decision.verdict === 'reject');
  return rejections.map(({ by, reason }) => `Rejected by ${by}: ${reason ?? 'no reason given'}`).join('; ');
}
