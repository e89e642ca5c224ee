import { QueryNotRegisteredError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { DispatchOutcome } from './contract/dispatch.ts';
import { agentWorkflowId, dispatchWorkflowId, runWorkflowId } from './contract/ids.ts';
import type { RunReport, RunState } from './contract/run.ts';
import { endOf, statusOf } from './lists.ts';
import { MandateError } from './mandate-error.ts';
import { agentStateQuery, dispatchStateQuery, runStateQuery } from './workflows/messages.ts';

/** How a run stands: its stages, the phase of the agent at work, and the requests it waits for. */
export interface RunView extends RunState {
  /** Ids of the open requests that this run waits for. */
  readonly waitingForRequests: readonly string[];
  readonly effects: readonly DispatchOutcome[];
  /** Why it ended without a report, as when it was refused at its start. */
  readonly error?: string;
}

// A workflow that ended in another way than these had no chance to say so itself.
const ENDS_ITSELF = new Set(['RUNNING', 'COMPLETED', 'CONTINUED_AS_NEW']);

/** Puts together how a run stands from the workflows that know: the run, the agent at work, and its drafts. */
export async function viewRun(client: Client, runId: string): Promise<RunView> {
  const run = client.workflow.getHandle(runWorkflowId(runId));
  const [state, info] = await Promise.all([stateOfRun(client, runId), run.describe()]);
  if (!ENDS_ITSELF.has(info.status.name)) {
    const why = await whyNoReport(client, runId);
    return { ...state, status: statusOf(info), ...endOf(info), waitingForRequests: [], effects: [], ...why };
  }
  const active = state.stages.find((stage) => stage.status === 'running' && stage.kind === 'agent');
  if (active === undefined) {
    return { ...state, waitingForRequests: state.waitingFor === undefined ? [] : [state.waitingFor], effects: [] };
  }
  const agent = await ifThere(client.workflow.getHandle(agentWorkflowId(runId, active.name)).query(agentStateQuery));
  if (agent === undefined) return { ...state, waitingForRequests: [], effects: [] };
  const asked = agent.effects.map(({ draftId }) =>
    ifThere(client.workflow.getHandle(dispatchWorkflowId(draftId)).query(dispatchStateQuery)),
  );
  const effects = (await Promise.all(asked)).filter((effect) => effect !== undefined);
  const waiting = effects.filter(({ status }) => status === 'pending').flatMap(({ requestId }) => requestId ?? []);
  return {
    ...state,
    phase: agent.phase,
    waitingForRequests: agent.waitingFor === undefined ? waiting : [agent.waitingFor, ...waiting],
    effects,
  };
}

/** Waits for the end of a run. Throws `RunFailed` when it left no report. */
export async function reportOf(client: Client, runId: string): Promise<RunReport> {
  try {
    return (await client.workflow.getHandle(runWorkflowId(runId)).result()) as RunReport;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    throw new MandateError('RunFailed', error.cause?.message ?? error.message, { cause: error });
  }
}

async function whyNoReport(client: Client, runId: string): Promise<Pick<RunView, 'error'>> {
  try {
    await reportOf(client, runId);
    return {};
  } catch (error) {
    if (!(error instanceof MandateError)) throw error;
    return { error: error.message };
  }
}

async function stateOfRun(client: Client, runId: string): Promise<RunState> {
  try {
    return await client.workflow.getHandle(runWorkflowId(runId)).query(runStateQuery);
  } catch (error) {
    if (!(error instanceof QueryNotRegisteredError)) throw error;
    // It was refused before it could answer anything; its result says why.
    await reportOf(client, runId);
    throw error;
  }
}

/** A child that was announced may not have been started yet, or was refused at its start. */
async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || error instanceof QueryNotRegisteredError) return undefined;
    throw error;
  }
}
