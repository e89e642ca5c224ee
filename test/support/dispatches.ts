import { randomBytes } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { DispatchOutcome, DispatchRequest, ReconcileAnswer } from '../../src/contract/dispatch.ts';
import type { dispatch } from '../../src/workflows/dispatch.ts';
import { dispatchStateQuery, reconcileUpdate } from '../../src/workflows/messages.ts';
import { until } from './until.ts';
import { newId } from '../../src/new-id.ts';

/** A draft that ana has to approve: a note to a webhook. */
export function aDispatch(url: string, overrides: Partial<DispatchRequest> = {}): DispatchRequest {
  return {
    draftId: newId(),
    action: { kind: 'webhook', target: { url }, payload: { body: { text: 'Ship it on Monday.' } } },
    agent: 'agent-1',
    run: `run-${randomBytes(6).toString('hex')}`,
    requester: 'gus',
    approval: { approvers: [{ id: 'ana' }] },
    timeoutSeconds: 60,
    ...overrides,
  };
}

export type DispatchHandle = WorkflowHandle<typeof dispatch>;

/** Starts a dispatch as any Temporal client may. */
export function startDispatch(
  client: Client,
  request: DispatchRequest,
  workflowId = `dispatch/${request.draftId}`,
): Promise<DispatchHandle> {
  return client.workflow.start<typeof dispatch>('dispatch', { taskQueue: 'mandate', workflowId, args: [request] });
}

/** Waits until people are asked about a draft, and returns the request's id. */
export function requestOf(handle: DispatchHandle): Promise<string> {
  return until('a request', async () => (await handle.query(dispatchStateQuery)).requestId);
}

export async function approve(client: Client, handle: DispatchHandle, by = 'ana'): Promise<void> {
  await client.workflow.getHandle(`approval/${await requestOf(handle)}`).signal('approve', by);
}

/** Starts a dispatch and approves it. */
export async function dispatchApproved(client: Client, request: DispatchRequest): Promise<DispatchHandle> {
  const handle = await startDispatch(client, request);
  await approve(client, handle);
  return handle;
}

export function becomes(
  handle: DispatchHandle,
  status: DispatchOutcome['status'],
  seconds = 90,
): Promise<DispatchOutcome> {
  return until(
    `the draft being ${status}`,
    async () => {
      const outcome = await handle.query(dispatchStateQuery);
      return outcome.status === status && outcome;
    },
    seconds,
  );
}

export function reconcile(handle: DispatchHandle, outcome: string, more: object = {}): Promise<ReconcileAnswer> {
  return handle.executeUpdate(reconcileUpdate, {
    args: [{ by: 'olga', outcome, ...(outcome === 'happened' ? { url: 'https://example.com/seen' } : {}), ...more }],
  });
}
