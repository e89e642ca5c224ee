import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { ask } from './ask.ts';
import type { AskedRequest } from './ask.ts';
import type { ApprovalRequestInput, InboxItem } from './contract/approval-request.ts';
import type { DecisionWire } from './contract/decision-wire.ts';
import type { DispatchOutcome, DispatchRequest, ReconcileAnswer, Reconciliation } from './contract/dispatch.ts';
import { digestOf } from './contract/canonical.ts';
import type { GrantRequest } from './contract/grant.ts';
import { dispatchWorkflowId, runWorkflowId } from './contract/ids.ts';
import type { InboxRow } from './contract/inbox-row.ts';
import { describeFaults } from './contract/issues.ts';
import type { RunReport, RunRequest } from './contract/run.ts';
import { admitRun } from './policy/admit-run.ts';
import { isSettled } from './policy/draft-status.ts';
import { dispatchStateQuery, pauseSignal, reconcileUpdate, resumeSignal, revokeSignal } from './workflows/messages.ts';
import { summary } from './workflows/server-limits.ts';
import { TASK_QUEUES } from './workflows/task-queues.ts';
import { decide } from './decide.ts';
import type { DecisionOutcome } from './decide.ts';
import { inboxOf } from './inbox.ts';
import type { InboxFilters } from './inbox.ts';
import { JustDecided } from './just-decided.ts';
import { known } from './known.ts';
import { lookUpRequest } from './look-up-request.ts';
import { MandateError } from './mandate-error.ts';
import { startGrant } from './grants.ts';
import type { StartedGrant } from './grants.ts';
import { newRunId } from './new-run-id.ts';
import { runsOf, unknownsOf } from './lists.ts';
import type { RunSummary } from './lists.ts';
import { reportOf, viewRun } from './run-view.ts';
import type { RunView } from './run-view.ts';
import { startOnce } from './start-once.ts';

export type { AgentState } from './contract/agent.ts';
export type { ApprovalRequestInput, ApprovalResult, DecisionAnswer, InboxItem } from './contract/approval-request.ts';
export type { DispatchOutcome, DispatchRequest, ReconcileAnswer } from './contract/dispatch.ts';
export type { GrantOutcome, GrantRequest } from './contract/grant.ts';
export type { InboxRow } from './contract/inbox-row.ts';
export type { RunReport, RunRequest, RunState } from './contract/run.ts';
export type { AskedRequest } from './ask.ts';
export type { DecisionOutcome } from './decide.ts';
export type { InboxFilters } from './inbox.ts';
export { MandateError } from './mandate-error.ts';
export { proveDecision } from './prove-decision.ts';
export type { DecisionToProve } from './prove-decision.ts';
export type { StartedGrant } from './grants.ts';
export type { RunView } from './run-view.ts';

/** A decision with its verdict: `by` is who decides; what else there is as in the signals. */
export type DecisionRequest = DecisionWire;

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
  /**
   * Asks people for a decision about one exact action; `result` waits for how it ends. Throws `InvalidInput`, with the
   * place of each fault, or `InvalidRequest` where no decision could satisfy it, before anything is started. With a
   * `requestId` it is safe to call again.
   */
  ask(request: ApprovalRequestInput, options?: { readonly requestId?: string }): Promise<AskedRequest>;
  /**
   * The open requests, the most urgent first, from Temporal's visibility: it may lag by about a second, so no rule may
   * depend on it. What this client has decided is gone at once.
   */
  inbox(filters?: InboxFilters): Promise<InboxRow[]>;
  /**
   * One request, as it stands; one that was terminated is `cancelled`. Throws `UnknownRequest`, for one that was refused
   * `InvalidRequest` or `InvalidInput`, with the reason, and `RequestFailed` for one that ended without being able to tell.
   */
  request(requestId: string): Promise<InboxItem>;
  /** Decides, and tells what became of it. Throws what `request` throws. */
  decide(requestId: string, decision: DecisionRequest): Promise<DecisionOutcome>;
  /** Starts a dispatch of its own; `result` waits for how it ends. */
  dispatch(
    request: DispatchRequest,
  ): Promise<{ draftId: string; workflowId: string; result(): Promise<DispatchOutcome> }>;
  /**
   * Asks people for a standing approval; `result` waits for what they say. Refuses what could not be granted
   * (`InvalidInput`) before anybody is asked. The same mandate again is asked about once.
   */
  grant(request: GrantRequest): Promise<StartedGrant>;
  draft(draftId: string): Promise<DispatchOutcome>;
  /** The drafts whose outcome is unknown. */
  unknowns(): Promise<DispatchOutcome[]>;
  /** Settles an unknown outcome. Throws `UnknownDraft`. */
  reconcile(draftId: string, settlement: Reconciliation): Promise<ReconcileAnswer>;
}

/** A client of Mandate over a Temporal client, whose namespace and credentials it uses. */
export function createMandate(client: Client): Mandate {
  const workflows = client.workflow;
  const decided = new JustDecided();
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

    ask: (request, options) => ask(client, request, options),

    inbox: (filters = {}) => inboxOf(client, filters, decided),

    request: (requestId) => lookUpRequest(workflows, requestId),

    async decide(requestId, decision) {
      const outcome = await decide(client, requestId, decision);
      decided.note(requestId, decision.by, outcome);
      return outcome;
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
          // People may have edited the action; what was proposed under this id is still this one.
          if ((outcome.digests?.[0] ?? outcome.digest) === digest) return outcome;
          throw new MandateError(
            'InvalidInput',
            `Draft ${draftId} is of another action (${outcome.digest}, not ${digest}); give each action a draft id of its own.`,
          );
        },
      };
    },

    grant: (request) => startGrant((options) => startOnce(client, 'grant', options), request),

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
        if (isSettled(status)) {
          return { outcome: 'AlreadySettled', status, message: `The draft has ended: it is ${status}.` };
        }
        const message = `The dispatch of the draft is gone: it was ${status} then. A worker takes up what it began, if anything, within a minute; settle it then.`;
        return { outcome: 'NotUnknown', status, message };
      }
    },
  };
  return mandate;
}
