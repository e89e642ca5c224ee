import type { AttestationStatement } from '../contract/attestation.ts';
import type { NonDelegable } from '../contract/non-delegable.ts';

/** Fresh means this; at exactly so long it is over. */
export const ATTESTATION_LIFE_MS = 15 * 60_000;

// A founder's clock may be ahead of the executor's by this much, and the statement counts all the same.
const SKEW_MS = 60_000;

export type AttestationVerdict =
  { readonly ok: true } | { readonly ok: false; readonly fault: AttestationFault; readonly reason: string };

export type AttestationFault = 'other_scope' | 'other_action' | 'used' | 'future' | 'over';

export interface AttestationQuestion {
  readonly statement: AttestationStatement;
  /** What is to be lifted, and of which action. */
  readonly scope: NonDelegable;
  readonly digest: string;
  /** The draft that has used it. */
  readonly usedBy: string | undefined;
  /** The draft that asks; what it has used itself still holds for it. */
  readonly draftId?: string | undefined;
  readonly nowMs: number;
}

/** Whether a statement lifts this refusal now. Refuses whatever does not clearly fit; its signature is judged elsewhere. */
export function judgeAttestation(question: AttestationQuestion): AttestationVerdict {
  const { statement, scope, digest, usedBy, draftId, nowMs } = question;
  if (statement.scope !== scope) return no('other_scope', `it is for ${statement.scope}, not for ${scope}`);
  if (statement.digest !== digest) return no('other_action', `it is for the action ${statement.digest}`);
  if (usedBy !== undefined && usedBy !== draftId) return no('used', `draft ${usedBy} has used it`);
  const age = nowMs - Date.parse(statement.time);
  if (age < -SKEW_MS) return no('future', `its time, ${statement.time}, is yet to come; check the founder's clock`);
  // Written so that an age which is no number refuses.
  if (!(age < ATTESTATION_LIFE_MS)) return no('over', `it was given at ${statement.time} and held for 15 minutes`);
  return { ok: true };
}

function no(fault: AttestationFault, reason: string): AttestationVerdict {
  return { ok: false, fault, reason };
}
