import { randomBytes } from 'node:crypto';
import {
  QueryNotRegisteredError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { Client, WorkflowHandle, WorkflowStartOptions } from '@temporalio/client';
import type { DecisionAnswer, InboxItem } from './contract/approval-request.ts';
import type { DecisionWire } from './contract/decision-wire.ts';
import type { DispatchOutcome, DispatchRequest, ReconcileAnswer, Reconciliation } from './contract/dispatch.ts';
import { digestOf } from './contract/canonical.ts';
import { approvalWorkflowId, dispatchWorkflowId, runWorkflowId } from './contract/ids.ts';
import { describeFaults } from './contract/issues.ts';
import type { RunReport, RunRequest } from './contract/run.ts';
import { admitRun } from './policy/admit-run.ts';
import {
  approveSignal,
  decideUpdate,
  dispatchStateQuery,
  inboxItemQuery,
  pauseSignal,
  reconcileUpdate,
  rejectSignal,
  resumeSignal,
  revokeSignal,
} from './workflows/messages.ts';
import { summary } from './workflows/server-limits.ts';
import { TASK_QUEUES } from './workflows/task-queues.ts';
import { MandateError } from './mandate-error.ts';
import { newRunId } from './new-run-id.ts';
import { inboxOf, runsOf, unknownsOf } from './lists.ts';
import type { RunSummary } from './lists.ts';
import { reportOf, viewRun } from './run-view.ts';
import type { RunView } from './run-view.ts';

export type { AgentState } from './contract/agent.ts';
export type { ApprovalRequestInput, ApprovalResult, DecisionAnswer, InboxItem } from './contract/approval-request.ts';
export type { DispatchOutcome, DispatchRequest, ReconcileAnswer } from './contract/dispatch.ts';
export type { RunReport, RunRequest, RunState } from './contract/run.ts';
export { MandateError } from './mandate-error.ts';
export { proveDecision } from './prove-decision.ts';
export type { DecisionToProve } from './prove-decision.ts';
export type { RunView } from './run-view.ts';

/** A decision with its verdict: `by` is who decides; what else there is as in the signals. */
export type DecisionRequest = DecisionWire;

/**
 * What became of a decision. `Recorded` means that no worker answered in time: the decision is kept and will be judged
 * when one does; look at the request later.
 */
export type DecisionOutcome = DecisionAnswer | { readonly outcome: 'Recorded'; readonly status: 'pending' };

/** Mandate, for programs: start runs, follow them, decide, settle. Everything goes through Temporal. */
export interface Mandate {
  /**
   * Starts a run. Refuses what could not run (`InvalidInput`, with the place of each fault) before anything is started.
   * `runId` makes it safe to call again: a run that is there already is not started a second time.
   */
  start(request: RunRequest, options?: { readonly runId?: string }): Promise<{ runId: string; workflowId: string }>;
  /** How a run stands now. Throws `UnknownRun`. */
  show(runId: string): Promise<RunView>;
  /** Runs, newest first; 100 unless `limit` says otherwise. */
  runs(options?: { readonly limit?: number }): Promise<RunSummary[]>;
  /** Waits for the end of a run and returns its report. Throws `UnknownRun`, or `RunFailed` when it left none. */
  result(runId: string): Promise<RunReport>;
  /** The report of a run that has ended. Throws `NotEnded` for one that has not. */
  report(runId: string): Promise<RunReport>;
  /** Asks a run to end: what has begun ends in its true outcome, the rest is withdrawn. */
  cancel(runId: string): Promise<void>;
  pause(runId: string, by: string, reason?: string): Promise<void>;
  resume(runId: string, by: string): Promise<void>;
  /** Revokes the agents of a run. */
  revoke(runId: string, by: string, reason: string): Promise<void>;
  /** The open requests, from Temporal's visibility: it may lag by about a second, so no rule may depend on it. */
  inbox(): Promise<InboxItem[]>;
  /** One request, as it stands. Throws `UnknownRequest`. */
  request(requestId: string): Promise<InboxItem>;
  /** Decides, and tells what became of it. Throws `UnknownRequest`. */
  decide(requestId: string, decision: DecisionRequest): Promise<DecisionOutcome>;
  /** Starts a dispatch of its own; `result` waits for how it ends. */
  dispatch(
    request: DispatchRequest,
  ): Promise<{ draftId: string; workflowId: string; result(): Promise<DispatchOutcome> }>;
  draft(draftId: string): Promise<DispatchOutcome>;
  /** The drafts whose outcome is unknown. */
  unknowns(): Promise<DispatchOutcome[]>;
  /** Settles an unknown outcome. Throws `UnknownDraft`. */
  reconcile(draftId: string, settlement: Reconciliation): Promise<ReconcileAnswer>;
}

// A person waits for this answer. When no worker gives one, the decision goes as a signal, which needs none.
const ANSWER_WITHIN_MS = 5_000;

/** A client of Mandate over a Temporal client, whose namespace and credentials it uses. */
export function createMandate(client: Client): Mandate {
  const workflows = client.workflow;
  const run = (runId: string): ReturnType<typeof workflows.getHandle> => workflows.getHandle(runWorkflowId(runId));

  const mandate: Mandate = {
    async start(request, options = {}) {
      const runId = options.runId ?? newRunId();
      const admitted = admitRun(request, runId);
      if (!admitted.ok) {
        throw new MandateError('InvalidInput', describeFaults(admitted.faults), { faults: admitted.faults });
      }
      const workflowId = runWorkflowId(runId);
      await startOnce(client, 'governedRun', {
        taskQueue: TASK_QUEUES.worker,
        workflowId,
        args: [request],
        staticSummary: summary(`${request.pipeline.name} for ${request.requester}`),
      });
      return { runId, workflowId };
    },

    show: (runId) => known('UnknownRun', runId, viewRun(client, runId)),

    runs: (options = {}) => runsOf(client, options.limit ?? 100, (runId) => mandate.show(runId)),

    result: (runId) => known('UnknownRun', runId, reportOf(client, runId)),

    async report(runId) {
      const { status } = await known('UnknownRun', runId, run(runId).describe());
      if (status.name === 'RUNNING') {
        throw new MandateError('NotEnded', `Run ${runId} has not ended; see it with: mandate show ${runId}`);
      }
      return mandate.result(runId);
    },

    async cancel(runId) {
      await known('UnknownRun', runId, run(runId).cancel());
    },
    async pause(runId, by, reason) {
      await known(
        'UnknownRun',
        runId,
        run(runId).signal(pauseSignal, { by, ...(reason === undefined ? {} : { reason }) }),
      );
    },
    async resume(runId, by) {
      await known('UnknownRun', runId, run(runId).signal(resumeSignal, { by }));
    },
    async revoke(runId, by, reason) {
      await known('UnknownRun', runId, run(runId).signal(revokeSignal, { by, reason }));
    },

    inbox: () => inboxOf(client),

    request: (requestId) =>
      known('UnknownRequest', requestId, workflows.getHandle(approvalWorkflowId(requestId)).query(inboxItemQuery)),

    async decide(requestId, decision) {
      const approval = workflows.getHandle(approvalWorkflowId(requestId));
      // The same id on every way it is sent: however often it arrives, it counts once.
      const decisionId = decision.decisionId ?? randomBytes(18).toString('base64url');
      try {
        return await client.connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
          approval.executeUpdate(decideUpdate, { updateId: decisionId, args: [{ ...decision, decisionId }] }),
        );
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError) {
          const { status } = await this.request(requestId);
          return { outcome: 'Invalid', status, message: error.cause?.message ?? error.message };
        }
        if (error instanceof WorkflowNotFoundError) return afterTheEnd(this, requestId);
        if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
        const { verdict, ...rest } = decision;
        const signal = verdict === 'approve' ? approveSignal : rejectSignal;
        await known('UnknownRequest', requestId, approval.signal(signal, { ...rest, decisionId }));
        return { outcome: 'Recorded', status: 'pending' };
      }
    },

    async dispatch(request) {
      const { draftId } = request;
      const digest = digestOf(request.action);
      const handle = await startOnce(client, 'dispatch', {
        taskQueue: TASK_QUEUES.worker,
        workflowId: dispatchWorkflowId(draftId),
        args: [request],
        staticSummary: summary(request.title ?? request.action.kind),
      });
      return {
        draftId,
        workflowId: handle.workflowId,
        async result() {
          const outcome = (await handle.result()) as DispatchOutcome;
          if (outcome.digest === digest) return outcome;
          throw new MandateError(
            'InvalidInput',
            `Draft ${draftId} is of another action (${outcome.digest}, not ${digest}); give each action a draft id of its own.`,
          );
        },
      };
    },

    draft: (draftId) =>
      known('UnknownDraft', draftId, workflows.getHandle(dispatchWorkflowId(draftId)).query(dispatchStateQuery)),

    unknowns: () => unknownsOf(client),

    async reconcile(draftId, settlement) {
      const dispatch = workflows.getHandle(dispatchWorkflowId(draftId));
      try {
        return await dispatch.executeUpdate(reconcileUpdate, { args: [settlement] });
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        const { status } = await this.draft(draftId);
        return { outcome: 'AlreadySettled', status, message: `The draft has ended: it is ${status}.` };
      }
    },
  };
  return mandate;
}

/** Starts a workflow, or finds the one that has this id already, open or ended. */
async function startOnce(client: Client, type: string, options: WorkflowStartOptions): Promise<WorkflowHandle> {
  try {
    return await client.workflow.start(type, {
      ...options,
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return client.workflow.getHandle(options.workflowId);
  }
}

async function afterTheEnd(mandate: Mandate, requestId: string): Promise<DecisionAnswer> {
  const { status, deadline } = await mandate.request(requestId);
  const message = `The request has ended: it is ${status}.`;
  return status === 'expired'
    ? { outcome: 'TooLate', status, message, deadline }
    : { outcome: 'AlreadyDecided', status, message };
}

const LISTS = {
  UnknownRun: ['run', 'runs'],
  UnknownRequest: ['request', 'inbox'],
  UnknownDraft: ['draft', 'inbox --unknown'],
} as const;

async function known<T>(type: keyof typeof LISTS, id: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    const [what, list] = LISTS[type];
    if (error instanceof QueryNotRegisteredError) {
      throw new MandateError(
        type,
        `The ${what} "${id}" was refused at its start, before it could be asked about; the end of its workflow says why.`,
        { cause: error },
      );
    }
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new MandateError(type, `There is no ${what} "${id}" in this namespace; see: mandate ${list}`, {
      cause: error,
    });
  }
}
