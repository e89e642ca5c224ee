import type { Asked } from '../contract/approval.ts';
import type { Mandate } from '../contract/mandate.ts';

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
export function refusalOfApprovers({ scope }: Pick<Mandate, 'scope'>, approvers: Asked): string | undefined {
  const own = approvers.find((each) => 'id' in each && scope.agents.includes(each.id));
  if (own === undefined || !('id' in own)) return undefined;
  return `approval.approvers: must name none of the mandate's own agents, given ${JSON.stringify(own.id)}`;
}
