import type { DecisionRequest } from '../client.ts';
import { jsonText } from '../policy/plain-text.ts';

export type TypedDecision =
  | { readonly ok: true; readonly decision: Pick<DecisionRequest, 'verdict' | 'reason'> }
  | { readonly ok: false; readonly message: string };

// A reason is a sentence or two; what is longer went to the wrong place.
const MAX_LENGTH = 10_000;

// Enough to know again what one has typed.
const SHOWN_LENGTH = 60;

export const HOW_TO_DECIDE = 'approve, approve because REASON, or reject because REASON';

/** Reads a line as a decision. Only the exact words count: whatever else there is, is no decision. */
export function readTypedDecision(line: string): TypedDecision {
  if (line.length > MAX_LENGTH) {
    const message = `A line of ${line.length} characters is no decision, ${MAX_LENGTH} are the most: ${shown(line)}`;
    return { ok: false, message };
  }
  const match = /^(approve|reject)(?:\s+because\s+(\S.*))?$/u.exec(line.trim());
  if (match === null) return { ok: false, message: `${shown(line)} is no decision; type: ${HOW_TO_DECIDE}` };
  const verdict = match[1] === 'approve' ? 'approve' : 'reject';
  const reason = match[2];
  if (verdict === 'reject' && reason === undefined) {
    return { ok: false, message: 'A rejection needs its reason; type: reject because REASON' };
  }
  return { ok: true, decision: { verdict, ...(reason === undefined ? {} : { reason }) } };
}

/** Harmless on a screen, and no longer than it helps. */
function shown(line: string): string {
  const cut = line.length > SHOWN_LENGTH ? `${line.slice(0, SHOWN_LENGTH)}...` : line;
  return jsonText(cut);
}
