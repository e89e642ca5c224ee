import { condition, proxyActivities, setHandler } from '@temporalio/workflow';
import { bareApproveSignal } from './bare-messages.ts';
import type { BareActivities, BareInput } from './bare-messages.ts';

const { post } = proxyActivities<BareActivities>({ startToCloseTimeout: '1 minute' });

/** The least that waits for a person and then acts: a signal, a deadline, one activity. */
export async function bare(input: BareInput): Promise<'done' | 'expired'> {
  let approved = false;
  setHandler(bareApproveSignal, () => {
    approved = true;
  });
  if (!(await condition(() => approved, '1 day'))) return 'expired';
  await post(input);
  return 'done';
}
