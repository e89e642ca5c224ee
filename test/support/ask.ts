import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle, WorkflowStartOptions } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { ApprovalRequestInput } from '../../src/contract/approval-request.ts';
import { grpcCodeOf } from '../../src/grpc-code.ts';
import { newId } from '../../src/new-id.ts';
import type { approval } from '../../src/workflows/approval.ts';
import { until } from './until.ts';

type Payload = temporal.api.common.v1.IPayload;

// So the server answers about an update that it does not have.
const NOT_FOUND = 5;

/** Terms by which ana and ben may decide about a note, on behalf of gus. */
export function aRequest(overrides: Partial<ApprovalRequestInput> = {}): ApprovalRequestInput {
  return {
    title: 'Send a note',
    requester: 'gus',
    approvers: [{ id: 'ana' }, { id: 'ben' }],
    timeoutSeconds: 3_600,
    action: { kind: 'note', target: { to: 'everybody' }, payload: { text: 'Ship it on Monday.' } },
    ...overrides,
  };
}

/** Starts an approval as any Temporal client may. */
export async function ask(
  client: Client,
  overrides: Partial<ApprovalRequestInput> = {},
  options: Partial<
    Pick<WorkflowStartOptions, 'memo' | 'typedSearchAttributes' | 'workflowId' | 'workflowTaskTimeout'>
  > = {},
): Promise<WorkflowHandle<typeof approval>> {
  return client.workflow.start<typeof approval>('approval', {
    taskQueue: 'mandate',
    workflowId: `approval/${newId()}`,
    args: [aRequest(overrides)],
    ...options,
  });
}

/** Decides by an update with a reason of so many bytes, and gives up when it is not answered in time. */
export function decideWith(client: Client, handle: WorkflowHandle, bytes: number, seconds = 5): Promise<unknown> {
  const decision = { by: 'ana', verdict: 'approve', reason: 'x'.repeat(bytes) };
  return client.connection.withDeadline(Date.now() + seconds * 1_000, () =>
    handle.executeUpdate('decide', { args: [decision] }),
  );
}

/** Signals with payloads that no converter has made. */
export async function signalRaw(client: Client, workflowId: string, name: string, payloads: Payload[]): Promise<void> {
  await client.workflowService.signalWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
    signalName: name,
    input: { payloads },
    identity: 'somebody',
    requestId: randomUUID(),
  });
}

/** Waits until the server has taken an update, for whatever worker comes. */
export async function untilTaken({ client, workflowId }: WorkflowHandle, updateId: string): Promise<void> {
  const { namespace } = client.options;
  const updateRef = { workflowExecution: { workflowId }, updateId };
  await until('the update to be taken', async () => {
    try {
      return await client.workflowService.pollWorkflowExecutionUpdate({ namespace, updateRef });
    } catch (error) {
      if (grpcCodeOf(error) === NOT_FOUND) return undefined;
      throw error;
    }
  });
}

/** The names of a workflow's events, without their prefix. */
export async function eventsOf(handle: Pick<WorkflowHandle, 'fetchHistory'>): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).map((event) => Object.keys(event).find((key) => key.endsWith('EventAttributes')) ?? 'unknown');
}
