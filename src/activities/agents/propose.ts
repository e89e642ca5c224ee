import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { ProposalAnswer } from '../../contract/agent.ts';
import type { DecisionLine, ProposalEvent } from '../../contract/agent-protocol.ts';
import type { DispatchOutcome } from '../../contract/dispatch.ts';
import { dispatchWorkflowId } from '../../contract/ids.ts';
import { newId } from '../../new-id.ts';

// The result of a dispatch is waited for directly; a query only finds the outcome that leaves it open: unknown.
const FIRST_LOOK_MS = 2_000;
const MAX_LOOK_MS = 15_000;

/** Brings a proposal to the agent's workflow and waits, as long as it takes, for what became of it. */
export async function propose(event: ProposalEvent, signal: AbortSignal): Promise<DecisionLine> {
  const { client, info } = Context.current();
  const agentRun = client.workflow.getHandle(info.workflowExecution?.workflowId ?? '', info.workflowExecution?.runId);
  const answer = await agentRun.executeUpdate<ProposalAnswer, [unknown]>('propose', {
    // The same proposal of a repeated turn is the same update, and gets the same answer.
    updateId: `propose/${info.activityId}/${event.id}`.slice(0, 200),
    args: [
      {
        proposalId: event.id,
        // 144 random bits; only the first draft id given for a proposal counts.
        draftId: newId(),
        action: event.action,
        ...(event.title === undefined ? {} : { title: event.title }),
        ...(event.reason === undefined ? {} : { reason: event.reason }),
        ...(event.declared === undefined ? {} : { declared: event.declared }),
      },
    ],
  });
  if (answer.outcome === 'refused') {
    return { type: 'decision', proposal: event.id, outcome: 'refused', reason: answer.reason };
  }
  const outcome = await outcomeOf(client.workflow.getHandle(dispatchWorkflowId(answer.draftId)), signal);
  return {
    type: 'decision',
    proposal: event.id,
    outcome:
      outcome.status === 'pending' || outcome.status === 'approved' || outcome.status === 'executing'
        ? 'cancelled'
        : outcome.status,
    ...(outcome.error === undefined ? {} : { reason: outcome.error }),
    ...(outcome.receipt === undefined ? {} : { receipt: outcome.receipt }),
  };
}

async function outcomeOf(dispatch: WorkflowHandle, signal: AbortSignal): Promise<DispatchOutcome> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  try {
    return await Promise.race([resultOf(dispatch, stop), unknownOutcomeOf(dispatch, stop)]);
  } finally {
    over.abort();
  }
}

async function resultOf(dispatch: WorkflowHandle, stop: AbortSignal): Promise<DispatchOutcome> {
  for (;;) {
    try {
      return (await dispatch.result()) as DispatchOutcome;
    } catch (error) {
      // The agent's workflow has accepted the proposal and starts the dispatch with its next task.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      await sleep(100, undefined, { signal: stop });
    }
  }
}

async function unknownOutcomeOf(dispatch: WorkflowHandle, stop: AbortSignal): Promise<DispatchOutcome> {
  for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 1.5, MAX_LOOK_MS)) {
    await sleep(waitMs, undefined, { signal: stop });
    try {
      const state = await dispatch.query<DispatchOutcome>('state');
      if (state.status === 'needs_reconciliation') return state;
    } catch {
      // A busy worker does not answer queries; the next look may.
    }
  }
}
