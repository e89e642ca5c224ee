import type { DecisionRequest } from '../client.ts';
import { readPersonalToken } from '../policy/personal-token.ts';
import { proveDecision } from '../prove-decision.ts';
import type { DecisionToProve } from '../prove-decision.ts';

/** In whose name decisions are sent from here. */
export interface Decider {
  /** For people to read. */
  readonly name: string;
  /** Whether they are proven; then each names the digest of what was seen. */
  readonly proves: boolean;
  sign(requestId: string, decision: Omit<DecisionToProve, 'by'>): DecisionRequest;
}

/** The owner of the token, when there is one; else whoever `who` says, which counts where the namespace is trusted. */
export function deciderOf(token: string | undefined, who: () => string): Decider {
  if (token === undefined) {
    const by = who();
    return { name: by, proves: false, sign: (_requestId, decision) => ({ by, ...decision }) };
  }
  return {
    name: `the owner of token ${readPersonalToken(token)?.id ?? ''}`,
    proves: true,
    sign: (requestId, decision) => proveDecision(token, requestId, decision),
  };
}
