import { defineSignal } from '@temporalio/workflow';

export const BARE_TASK_QUEUE = 'bare';

export const bareApproveSignal = defineSignal<[string]>('approve');

export interface BareInput {
  readonly id: string;
  readonly url: string;
  readonly body: unknown;
}

export interface BareActivities {
  post(input: BareInput): Promise<void>;
}
