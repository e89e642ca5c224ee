import { z } from 'zod';
import type { Action } from './action.ts';
import { Mandate } from './mandate.ts';
import { PrincipalId } from './names.ts';
import { ApprovalSettings } from './pipeline.ts';

/** The kind of the action that people approve when they grant a mandate. No kind of that name can be carried out. */
export const MANDATE_GRANT = 'mandate_grant';

/** What the `grant` workflow takes: a mandate, and who is asked whether it shall hold. */
export const GrantInput = z.strictObject({
  mandate: Mandate,
  /** Who wants it; this person does not decide about it unless the rule says so. */
  requester: PrincipalId,
  approval: ApprovalSettings,
});
export type GrantInput = z.infer<typeof GrantInput>;
export type GrantRequest = z.input<typeof GrantInput>;

/** What people see, whole, and what their decision is bound to. */
export function grantAction({ id, scope, maxUses, expiresAt, reason }: Mandate): Action {
  return { kind: MANDATE_GRANT, target: { mandate: id }, payload: { scope, maxUses, expiresAt, reason } };
}

const Granting = z.object({ scope: z.object({ agents: z.array(z.string()) }) });

/** The agents that an action would let act from then on: those of a mandate that is asked for. */
export function agentsLetBy({ kind, payload }: Action): readonly string[] {
  return (kind === MANDATE_GRANT && Granting.safeParse(payload).data?.scope.agents) || [];
}

/** How a grant stands: the query `state` of the workflow, and its result. */
export interface GrantOutcome {
  readonly mandateId: string;
  /** Of what people are asked about: the mandate, whole. */
  readonly digest: string;
  readonly status: 'pending' | 'granted' | 'rejected' | 'expired' | 'cancelled' | 'refused';
  /** The approval that was asked for, once it was. */
  readonly requestId?: string;
  readonly grantedBy?: readonly string[];
  readonly error?: string;
}

/** What people have granted: the activity `grantMandate`. `run` is where it is recorded, beside their decisions. */
export interface GrantMandateInput {
  readonly mandate: Mandate;
  readonly requestId: string;
  readonly requester: string;
  readonly grantedBy: readonly string[];
  readonly run: string;
  readonly time: string;
}

/** Not granted: another mandate has the id, or this one was withdrawn. */
export type GrantMandateResult =
  { readonly granted: true; readonly grantedBy: readonly string[] } | { readonly granted: false; readonly why: string };

/** Who is asked about mandates, whatever those say who want one. */
export const MandateApprovers = ApprovalSettings.pick({ approvers: true, rule: true });
export type MandateApprovers = z.infer<typeof MandateApprovers>;
