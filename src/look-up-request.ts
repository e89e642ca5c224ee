import { QueryNotRegisteredError } from '@temporalio/client';
import type { WorkflowClient } from '@temporalio/client';
import type { InboxItem } from './contract/approval-request.ts';
import { approvalWorkflowId } from './contract/ids.ts';
import { known } from './known.ts';
import { MandateError } from './mandate-error.ts';
import { isOpen } from './policy/standing.ts';
import { whyClosed, withoutResult } from './request-end.ts';
import { inboxItemQuery } from './workflows/messages.ts';

/**
 * One request as it stands; one that was terminated could not say so itself, and is `cancelled`. Throws `UnknownRequest`,
 * and of a request that was refused what its `result` throws.
 */
export async function lookUpRequest(workflows: WorkflowClient, requestId: string): Promise<InboxItem> {
  const approval = workflows.getHandle(approvalWorkflowId(requestId));
  let item: InboxItem | undefined;
  let unanswered: unknown;
  try {
    item = await approval.query(inboxItemQuery);
  } catch (error) {
    unanswered = error;
  }
  if (item !== undefined && !isOpen(item)) return item;

  // What is closed still answers as it stood last: whether it is open, only Temporal can say.
  const { status, runId } = await known('UnknownRequest', requestId, approval.describe());
  switch (status.name) {
    case 'COMPLETED':
      return known('UnknownRequest', requestId, approval.query(inboxItemQuery));
    case 'TERMINATED':
    case 'TIMED_OUT':
    case 'CANCELLED':
      if (item === undefined) break;
      return {
        ...item,
        status: 'cancelled',
        endedBecause: await whyClosed(workflows, approval.workflowId),
        overdue: false,
      };
    case 'FAILED':
      break;
    case 'RUNNING':
    case 'PAUSED':
    case 'CONTINUED_AS_NEW':
    case 'UNSPECIFIED':
    case 'UNKNOWN':
      if (item !== undefined) return item;
      if (!(unanswered instanceof QueryNotRegisteredError)) throw unanswered;
      throw new MandateError(
        'UnknownRequest',
        `Request ${requestId} is still being prepared; look again in a moment.`,
        {
          cause: unanswered,
        },
      );
  }
  const closed = workflows.getHandle(approval.workflowId, runId);
  throw await closed.result().catch((error: unknown) => withoutResult(requestId, error));
}
