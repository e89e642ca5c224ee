import type { Client } from '@temporalio/client';
import { ApprovalRequest } from './contract/approval-request.ts';
import type { ApprovalRequestInput, ApprovalResult } from './contract/approval-request.ts';
import { digestOf } from './contract/canonical.ts';
import { approvalWorkflowId } from './contract/ids.ts';
import { describeFaults, faultsOf } from './contract/issues.ts';
import type { Fault } from './contract/issues.ts';
import { tooLarge } from './contract/request-size.ts';
import { MandateError } from './mandate-error.ts';
import { newId } from './new-id.ts';
import { faultOfAsking, termsOf } from './policy/provisional.ts';
import { withoutResult } from './request-end.ts';
import { startOnce } from './start-once.ts';
import { openingOf } from './workflows/approval-opening.ts';
import { TASK_QUEUES } from './workflows/task-queues.ts';

/** A request that was made; `result` waits for how it ends. */
export interface AskedRequest {
  readonly requestId: string;
  readonly workflowId: string;
  /** Throws `InvalidRequest` where it was refused for what only a worker knows, `RequestFailed` where it was terminated. */
  readonly result: () => Promise<ApprovalResult>;
}

/**
 * Asks people for a decision. Throws before anything is sent: `InvalidInput`, with the place of each fault, and
 * `InvalidRequest` where no decision could satisfy it, or silence must not.
 */
export async function ask(
  client: Client,
  given: ApprovalRequestInput,
  options: { readonly requestId?: string } = {},
): Promise<AskedRequest> {
  const request = read(given);
  const requestId = options.requestId ?? newId();
  const handle = await startOnce(client, 'approval', {
    taskQueue: TASK_QUEUES.worker,
    workflowId: approvalWorkflowId(requestId),
    args: [given],
    ...openingOf(given, Date.now()),
  });
  const digest = digestOf(request.action);
  return {
    requestId,
    workflowId: handle.workflowId,
    async result() {
      const result = await ended(requestId, handle.result());
      if (result.digests[0] === digest) return result;
      throw new MandateError(
        'InvalidInput',
        `Request ${requestId} is about another action (${result.digests[0]}, not ${digest}); ask under an id of its own.`,
      );
    },
  };
}

function read(given: ApprovalRequestInput): ApprovalRequest {
  const parsed = ApprovalRequest.safeParse(given);
  if (!parsed.success) throw refused(faultsOf(parsed.error, given));
  const message = tooLarge(given);
  if (message !== undefined) throw refused([{ path: '', segments: [], message }]);
  const terms = termsOf(parsed.data);
  const fault = faultOfAsking({ ...terms, digest: parsed.data.digest ?? terms.digest }, parsed.data);
  if (fault !== undefined) throw new MandateError('InvalidRequest', fault.message);
  return parsed.data;
}

function refused(faults: Fault[]): MandateError {
  return new MandateError('InvalidInput', describeFaults(faults), { faults });
}

async function ended(requestId: string, result: Promise<unknown>): Promise<ApprovalResult> {
  try {
    return (await result) as ApprovalResult;
  } catch (error) {
    throw withoutResult(requestId, error);
  }
}
