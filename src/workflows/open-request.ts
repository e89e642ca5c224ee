import { CancellationScope } from '@temporalio/workflow';
import { failure } from '../failures.ts';
import { openApproval } from '../policy/approval.ts';
import type { ApprovalState } from '../policy/approval.ts';
import { termsOf } from '../policy/provisional.ts';
import { steps } from './activities.ts';
import type { ApprovalFacts } from './approval-view.ts';

/**
 * Opens a request: groups become the people in them, channels have to be there, the rule has to be satisfiable. Fails as
 * InvalidRequest, before anybody is asked.
 */
export async function openRequest({ requestId, request, createdAtMs }: ApprovalFacts): Promise<ApprovalState> {
  const terms = termsOf(request);
  const { digest } = terms;
  if (request.digest !== undefined && request.digest !== digest) {
    throw failure(
      'InvalidRequest',
      `digest: ${request.digest} is not the digest of the action, which is ${digest}; leave it out or correct it`,
    );
  }
  // One that was cancelled before it began is made, and cancelled.
  const prepared = await CancellationScope.nonCancellable(() => steps.prepareRequest({ requestId, request }));
  if (!prepared.ok) throw failure('InvalidRequest', prepared.message);
  const { approvers, escalation } = prepared;
  const opened = openApproval({ ...terms, approvers, escalation }, createdAtMs);
  if (!opened.ok) throw failure('InvalidRequest', `${opened.error}: ${opened.message}`);
  return opened.state;
}
