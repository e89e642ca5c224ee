import type { FindMandateInput } from '../contract/effect.ts';
import type { GrantMandateInput, GrantMandateResult, MandateApprovers } from '../contract/grant.ts';
import type { Store } from '../store/open.ts';
import { readAction } from './kinds/table.ts';
import { mandateFor } from './mandate-check.ts';

/** Standing approvals: what the role `worker` does about them. */
export interface MandateActivities {
  /** The mandate by which a draft goes through without people being asked. Consumes nothing. */
  findMandate(input: FindMandateInput): Promise<{ readonly mandate?: string }>;
  /** Who is asked about mandates by the worker's own configuration, whatever those say who want one. */
  mandateApprovers(): Promise<{ readonly approval?: MandateApprovers }>;
  /** Writes down what people have granted; repeated, it changes nothing. */
  grantMandate(input: GrantMandateInput): Promise<GrantMandateResult>;
}

export interface MandateDeps {
  readonly store: Pick<Store, 'mandates'>;
  readonly approvers: MandateApprovers | undefined;
}

export function createMandateActivities({ store, approvers }: MandateDeps): MandateActivities {
  return {
    async findMandate({ draftId, action, agent, declared }) {
      const ready = readAction(action);
      if (!ready.ok) return {};
      const mandate = await mandateFor(store, { draftId, action, agent, declared, ready });
      return mandate === undefined ? {} : { mandate };
    },

    mandateApprovers: () => Promise.resolve(approvers === undefined ? {} : { approval: approvers }),

    async grantMandate({ mandate, run, requestId, requester, grantedBy, time }) {
      const { id, ...terms } = mandate;
      const granted = await store.mandates.grant({ ...mandate, requestId, grantedBy, grantedAt: time }, [
        {
          entryId: `${run}/mandate.granted`,
          run,
          agent: null,
          type: 'mandate.granted',
          time,
          body: { mandate: id, ...terms, requestId, requester, grantedBy: [...grantedBy] },
        },
      ]);
      if (granted === 'id_taken') {
        return { granted: false, why: `Another mandate has the id ${id}; ask with an id of its own.` };
      }
      const { withdrawnAt, withdrawnBy } = granted;
      if (withdrawnAt === null) return { granted: true, grantedBy: granted.grantedBy };
      const why = `The mandate ${id} was granted before, and withdrawn by ${withdrawnBy} at ${withdrawnAt}; ask for another.`;
      return { granted: false, why };
    },
  };
}
