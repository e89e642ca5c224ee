import type { Client } from '@temporalio/client';
import { approvalWorkflowId, dispatchWorkflowId } from '../src/contract/ids.ts';
import type { DispatchRequest } from '../src/contract/dispatch.ts';
import { approveSignal } from '../src/workflows/messages.ts';
import { TASK_QUEUES } from '../src/workflows/task-queues.ts';
import { BARE_TASK_QUEUE, bareApproveSignal } from './bare-messages.ts';
import type { BareInput } from './bare-messages.ts';

/** One way of carrying out the same gated action: asked for, approved by one person, delivered to the receiver. */
export interface Variant {
  readonly name: 'bare' | 'mandate';
  /** The workflow that stands for the whole action. */
  readonly workflowType: string;
  readonly workflowId: (id: string) => string;
  /** The workflow that waits for the person. */
  readonly waitingId: (id: string) => string;
  start(id: string): Promise<unknown>;
  approve(id: string): Promise<void>;
}

const BODY = { text: 'The figures of the third quarter are out.', to: ['ana', 'ben'] };

export function bareVariant({ workflow }: Client, url: string): Variant {
  const workflowId = (id: string): string => `bare/${id}`;
  return {
    name: 'bare',
    workflowType: 'bare',
    workflowId,
    waitingId: workflowId,
    start: (id) =>
      workflow.start('bare', {
        taskQueue: BARE_TASK_QUEUE,
        workflowId: workflowId(id),
        args: [{ id, url, body: BODY } satisfies BareInput],
      }),
    approve: (id) => workflow.getHandle(workflowId(id)).signal(bareApproveSignal, 'ana'),
  };
}

export function mandateVariant({ workflow }: Client, url: string): Variant {
  return {
    name: 'mandate',
    workflowType: 'dispatch',
    workflowId: dispatchWorkflowId,
    waitingId: approvalWorkflowId,
    start: (id) =>
      workflow.start('dispatch', {
        taskQueue: TASK_QUEUES.worker,
        workflowId: dispatchWorkflowId(id),
        args: [
          {
            draftId: id,
            action: { kind: 'webhook', target: { url }, payload: { body: BODY } },
            agent: 'bench-agent',
            run: `bench-${id}`,
            requester: 'gus',
            approval: { approvers: [{ id: 'ana' }] },
          } satisfies DispatchRequest,
        ],
      }),
    approve: (id) => workflow.getHandle(approvalWorkflowId(id)).signal(approveSignal, 'ana'),
  };
}
