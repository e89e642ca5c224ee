import { log } from '@temporalio/activity';
import type { ApprovalRequest, EditAdmission, PreparedRequest } from '../contract/approval-request.ts';
import { Kind } from '../contract/kinds.ts';
import type { VerifyInput, Verified } from '../contract/proof.ts';
import type { Action } from '../contract/action.ts';
import type { Store } from '../store/open.ts';
import type { Channels } from './channels/channels.ts';
import { StoreUnavailable } from '../store/unavailable.ts';
import { prepareRequest, reachFaults } from './prepare-request.ts';
import type { Reach } from './prepare-request.ts';
import { verifyDecision } from './verify-decision.ts';
import type { VerifyDeps } from './verify-decision.ts';
import { admit, sizeFault } from './worker-activities.ts';

/** What a request for a decision needs of the store and the settings. */
export interface ApprovalActivities {
  prepareRequest(input: { readonly requestId: string; readonly request: ApprovalRequest }): Promise<PreparedRequest>;
  /** Whose each of them is, in their order. */
  verifyDecisions(input: { readonly decisions: readonly VerifyInput[] }): Promise<Verified[]>;
  reachFaults(input: { readonly approvals: readonly Reach[] }): Promise<string[]>;
  admitEdit(input: { readonly action: Action }): Promise<EditAdmission>;
}

export interface ApprovalDeps extends VerifyDeps {
  readonly store: Store;
  readonly channels: Channels;
}

export function createApprovalActivities(deps: ApprovalDeps): ApprovalActivities {
  return {
    prepareRequest: ({ request }) => prepareRequest(request, deps),

    reachFaults: ({ approvals }) => reachFaults(approvals, deps),

    verifyDecisions: ({ decisions }) => Promise.all(decisions.map((each) => verifyAlone(each, deps))),

    /** An action of a kind that can be dispatched must still be one; of others only the size is known to matter. */
    async admitEdit({ action }) {
      if (Kind.safeParse(action.kind).success) {
        const admission = admit(action);
        return admission.ok ? { ok: true, nonDelegable: admission.nonDelegable } : admission;
      }
      const fault = sizeFault(action);
      return fault === undefined ? { ok: true, nonDelegable: [] } : { ok: false, reason: fault };
    },
  };
}

/** One that cannot be looked up must not keep those beside it waiting; a store that is away is asked again. */
async function verifyAlone(input: VerifyInput, deps: ApprovalDeps): Promise<Verified> {
  try {
    return await verifyDecision(input, deps);
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    log.error('a decision could not be verified', { requestId: input.requestId, error: String(error) });
    return { ok: false, outcome: 'Invalid', message: 'The decision could not be verified; decide anew.' };
  }
}
