import { digestOf } from '../contract/canonical.ts';
import { grantAction } from '../contract/grant.ts';
import type { GrantInput, MandateApprovers } from '../contract/grant.ts';
import type { Mandate } from '../contract/mandate.ts';
import { ApprovalSettings } from '../contract/pipeline.ts';
import { faultOfAsking } from './provisional.ts';

/** A mandate lives no longer: whoever granted it should look again once a year. */
export const MAX_MANDATE_DAYS = 366;

/** Why a mandate may not be asked for, or granted, now; undefined when it may. */
export function refusalOfMandate({ expiresAt }: Pick<Mandate, 'expiresAt'>, nowMs: number): string | undefined {
  const lifeMs = Date.parse(expiresAt) - nowMs;
  if (lifeMs <= 0) return `mandate.expiresAt: must lie in the future, given ${expiresAt}`;
  if (lifeMs > MAX_MANDATE_DAYS * 86_400_000) {
    return `mandate.expiresAt: must be at most ${MAX_MANDATE_DAYS} days away, given ${expiresAt}`;
  }
  return undefined;
}

/** Why these may not be asked about a mandate; undefined when they may. Whom it lets act does not decide about it. */
export function refusalOfApprovers(
  { scope }: Pick<Mandate, 'scope'>,
  { approvers, escalation }: Pick<ApprovalSettings, 'approvers' | 'escalation'>,
): string | undefined {
  const named = [
    { field: 'approvers', asked: approvers },
    ...escalation.map(({ to }, level) => ({ field: `escalation[${level}].to`, asked: to })),
  ];
  for (const { field, asked } of named) {
    const own = asked.find((each) => 'id' in each && scope.agents.includes(each.id));
    if (own === undefined || !('id' in own)) continue;
    return `approval.${field}: must name none of the mandate's own agents, given ${JSON.stringify(own.id)}`;
  }
  return undefined;
}

/** Why no decision could grant a mandate; undefined when one could. Who is in a group is found out when it is asked. */
export function refusalOfRequest({ mandate, requester, approval }: GrantInput): string | undefined {
  const { approvers, rule, timeoutSeconds, onTimeout } = approval;
  const action = grantAction(mandate);
  const terms = { requester, rule, timeoutSeconds, onTimeout, irreversible: true, action, digest: digestOf(action) };
  const fault = faultOfAsking(terms, approval);
  if (fault === undefined) return undefined;
  if (fault.error !== 'UnsatisfiableQuorum') return `approval.${fault.message}`;
  const isBarred = !rule.requesterMayDecide && approvers.some((each) => 'id' in each && each.id === requester);
  return `approval.${fault.message}${isBarred ? `; ${JSON.stringify(requester)} asks for it, so does not decide` : ''}`;
}

/**
 * How people are asked about a mandate. Where the operator says who is, whoever wants it has a say in nothing but how
 * long: further levels, channels or words of their own could make an easier decision of it.
 */
export function settingsFor(wanted: ApprovalSettings, configured: MandateApprovers | undefined): ApprovalSettings {
  if (configured === undefined) return wanted;
  return ApprovalSettings.parse({ ...configured, timeoutSeconds: wanted.timeoutSeconds });
}
