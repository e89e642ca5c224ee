import type { Mandate } from '../contract/mandate.ts';

/** A mandate lives no longer: whoever granted it should look again once a year. */
export const MAX_MANDATE_DAYS = 366;

/** Why a mandate may not be asked for, or granted, now; undefined when it may. */
export function refusalOfMandate({ expiresAt }: Pick<Mandate, 'expiresAt'>, nowMs: number): string | undefined {
  const lifeMs = Date.parse(expiresAt) - nowMs;
  if (lifeMs <= 0) return `expiresAt: must lie in the future, given ${expiresAt}`;
  if (lifeMs > MAX_MANDATE_DAYS * 86_400_000) {
    return `expiresAt: must be at most ${MAX_MANDATE_DAYS} days away, given ${expiresAt}`;
  }
  return undefined;
}
