import type { DecisionRequest } from '../client.ts';

export type TypedDecision =
  | { readonly ok: true; readonly decision: Pick<DecisionRequest, 'verdict' | 'reason'> }
  | { readonly ok: false; readonly message: string };

export const HOW_TO_DECIDE = 'approve, approve because REASON, or reject because REASON';

/** Reads a line as a decision. Only the exact words count: whatever else there is, is no decision. */
export function readTypedDecision(line: string): TypedDecision {
  const match = /^\s*(approve|reject)(?:\s+because\s+(\S.*?))?\s*$/u.exec(line);
  if (match === null) {
    return { ok: false, message: `${JSON.stringify(line)} is no decision; type: ${HOW_TO_DECIDE}` };
  }
  const verdict = match[1] === 'approve' ? 'approve' : 'reject';
  const reason = match[2];
  if (verdict === 'reject' && reason === undefined) {
    return { ok: false, message: 'A rejection needs its reason; type: reject because REASON' };
  }
  return { ok: true, decision: { verdict, ...(reason === undefined ? {} : { reason }) } };
}
