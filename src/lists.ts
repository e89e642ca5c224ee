import { QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { DispatchOutcome } from './contract/dispatch.ts';
import { runIdOf } from './contract/ids.ts';
import type { RunState, RunStatus } from './contract/run.ts';
import { dispatchStateQuery } from './workflows/messages.ts';
import { MandateStatus } from './workflows/search-attributes.ts';

// Lists come from Temporal's visibility, so there is no second store to keep in step; each row is read from its workflow.

/** A run in a list. What cannot be read now, because the run was refused at its start or no worker answers, is empty. */
export type RunSummary = Pick<RunState, 'runId' | 'pipeline' | 'status' | 'phase' | 'startedAt' | 'endedAt' | 'stages'>;

// A list beyond this is not read by anybody.
const MAX_ROWS = 1_000;

export async function runsOf(
  client: Client,
  limit: number,
  show: (runId: string) => Promise<RunState>,
): Promise<RunSummary[]> {
  const runs: Promise<RunSummary>[] = [];
  for await (const info of client.workflow.list({
    query: 'WorkflowType = "governedRun"',
    pageSize: Math.min(limit, 100),
  })) {
    if (runs.length === limit) break;
    runs.push(summaryOf(info, show));
  }
  return Promise.all(runs);
}

async function summaryOf(info: WorkflowExecutionInfo, show: (runId: string) => Promise<RunState>): Promise<RunSummary> {
  const runId = runIdOf(info.workflowId);
  try {
    const { pipeline, status, phase, startedAt, endedAt, stages } = await show(runId);
    return {
      runId,
      pipeline,
      status,
      ...(phase === undefined ? {} : { phase }),
      startedAt,
      ...(endedAt === undefined ? {} : { endedAt }),
      stages,
    };
  } catch {
    // One run that cannot be read must not hide the others.
    return {
      runId,
      pipeline: '',
      status: statusOf(info),
      startedAt: info.startTime.toISOString(),
      ...endOf(info),
      stages: [],
    };
  }
}

/** When an execution was closed. */
export function endOf({ closeTime }: { readonly closeTime?: Date | undefined }): { endedAt?: string } {
  return closeTime === undefined ? {} : { endedAt: closeTime.toISOString() };
}

export async function unknownsOf(client: Client): Promise<DispatchOutcome[]> {
  // A draft stands in its dispatch, or in the reconciliation that took it up when that was gone.
  const query =
    '(WorkflowType = "dispatch" OR WorkflowType = "reconciliation") AND ExecutionStatus = "Running" ' +
    'AND MandateStatus = "needs_reconciliation"';
  const drafts = await eachOpen(client, query, (workflowId) =>
    client.workflow.getHandle(workflowId).query(dispatchStateQuery),
  );
  return drafts.filter(({ status }) => status === 'needs_reconciliation');
}

async function eachOpen<T>(client: Client, query: string, read: (workflowId: string) => Promise<T>): Promise<T[]> {
  const rows: Promise<T | undefined>[] = [];
  for await (const info of client.workflow.list({ query })) {
    if (rows.length === MAX_ROWS) break;
    rows.push(read(info.workflowId).catch(ended));
  }
  return (await Promise.all(rows)).filter((row) => row !== undefined);
}

/** Visibility lags: what it still lists may be gone, or have been refused at its start. */
function ended(error: unknown): undefined {
  if (!(error instanceof WorkflowNotFoundError) && !(error instanceof QueryNotRegisteredError)) throw error;
}

/** How a run stands as far as the server itself knows. */
export function statusOf(info: Pick<WorkflowExecutionInfo, 'status' | 'typedSearchAttributes'>): RunStatus {
  const said = info.typedSearchAttributes.get(MandateStatus);
  switch (info.status.name) {
    case 'RUNNING':
    case 'COMPLETED':
    case 'CONTINUED_AS_NEW':
      return (said ?? 'running') as RunStatus;
    case 'CANCELLED':
    case 'TERMINATED':
      return 'cancelled';
    default:
      return 'failed';
  }
}
