import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle, WorkflowStartOptions } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { ApprovalRequestInput } from '../../src/contract/approval-request.ts';
import { newId } from '../../src/new-id.ts';
import type { approval } from '../../src/workflows/approval.ts';

type Payload = temporal.api.common.v1.IPayload;

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

/** Decides by an update with a reason of so many bytes, and gives up when it is not answered within 5 s. */
export function decideWith(client: Client, handle: WorkflowHandle, bytes: number): Promise<unknown> {
  const decision = { by: 'ana', verdict: 'approve', reason: 'x'.repeat(bytes) };
  return client.connection.withDeadline(Date.now() + 5_000, () => handle.executeUpdate('decide', { args: [decision] }));
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

/** The names of a workflow's events, without their prefix. */
export async function eventsOf(handle: Pick<WorkflowHandle, 'fetchHistory'>): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).map((event) => Object.keys(event).find((key) => key.endsWith('EventAttributes')) ?? 'unknown');
}
