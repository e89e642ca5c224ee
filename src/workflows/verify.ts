import { CancellationScope, log } from '@temporalio/workflow';
import type { DecisionWire } from '../contract/decision-wire.ts';
import type { Verified } from '../contract/proof.ts';
import { verifyDecision } from './activities.ts';

interface Arrival {
  readonly requestId: string;
  readonly createdAtMs: number;
  readonly arrivedAtMs: number;
  readonly decision: DecisionWire;
}

/**
 * Who has decided, proven; a decision that nobody can verify is nobody's. It goes through a cancellation, since what came
 * before it is judged before it. Never throws.
 */
export async function verify({ requestId, createdAtMs, arrivedAtMs, decision }: Arrival): Promise<Verified> {
  try {
    return await CancellationScope.nonCancellable(() =>
      verifyDecision({
        requestId,
        createdAt: new Date(createdAtMs).toISOString(),
        arrivedAt: new Date(arrivedAtMs).toISOString(),
        decision,
      }),
    );
  } catch (error) {
    // It is tried until it succeeds, so this is a decision that can never be verified.
    log.warn('a decision could not be verified', { requestId, error: String(error) });
    return { ok: false, outcome: 'Invalid', message: 'The decision could not be verified; decide again.' };
  }
}
