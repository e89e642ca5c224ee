import { CancellationScope, log, workflowInfo } from '@temporalio/workflow';
import type { DecisionWire } from '../contract/decision-wire.ts';
import type { Verified, VerifyInput } from '../contract/proof.ts';
import { verifyDecisions } from './activities.ts';

// A workflow may have 2,000 activities under way, and a flood of decisions must not need one each.
const MAX_AT_ONCE = 50;
// Well under the server's limit of 2 MiB for what an activity is given. A larger decision goes alone.
const MAX_BYTES = 512 * 1024;

interface Arrived {
  readonly decision: DecisionWire;
  readonly arrivedAt: string;
  readonly answer: (verified: Verified) => void;
}

/**
 * Finds out whose decisions are: those that came while others were being looked at are looked at together. It goes
 * through a cancellation, since what came before it is judged before it.
 */
export class Verifier {
  private readonly waiting: Arrived[] = [];
  private busy = false;
  private readonly request: Pick<VerifyInput, 'requestId' | 'execution' | 'createdAt'>;

  constructor(requestId: string, createdAtMs: number) {
    const { firstExecutionRunId: execution } = workflowInfo();
    this.request = { requestId, execution, createdAt: new Date(createdAtMs).toISOString() };
  }

  /** Who has decided, proven. Never rejects: a decision that nobody can verify is nobody's. */
  verify(decision: DecisionWire, arrivedAtMs: number): Promise<Verified> {
    return new Promise((answer) => {
      this.waiting.push({ decision, arrivedAt: new Date(arrivedAtMs).toISOString(), answer });
      if (!this.busy) void this.workOff();
    });
  }

  private async workOff(): Promise<void> {
    this.busy = true;
    // So that those that came in the same moment go together.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, this.sizeOfBatch());
      const verified = await this.verifyAll(batch);
      for (const [index, { answer }] of batch.entries()) answer(verified[index] ?? UNVERIFIED);
    }
    this.busy = false;
  }

  private sizeOfBatch(): number {
    let bytes = 0;
    const fit = this.waiting.slice(0, MAX_AT_ONCE).findIndex(({ decision }, index) => {
      bytes += JSON.stringify(decision).length;
      return index > 0 && bytes > MAX_BYTES;
    });
    return fit === -1 ? MAX_AT_ONCE : fit;
  }

  private async verifyAll(batch: readonly Arrived[]): Promise<readonly Verified[]> {
    const { request } = this;
    const decisions = batch.map(({ decision, arrivedAt }) => ({ ...request, arrivedAt, decision: toProve(decision) }));
    try {
      return await CancellationScope.nonCancellable(() => verifyDecisions({ decisions }));
    } catch (error) {
      // It is tried until it succeeds, so these can never be verified.
      log.warn('decisions could not be verified', { requestId: request.requestId, error: String(error) });
      return [];
    }
  }
}

/** Where there is no proof that covers the rest, it has nothing to do with whose it is, and stands in the history once. */
function toProve({ by, verdict, proof, ...rest }: DecisionWire): DecisionWire {
  return { verdict, ...(by !== undefined && { by }), ...(proof !== undefined && { proof, ...rest }) };
}

const UNVERIFIED: Verified = {
  ok: false,
  outcome: 'Invalid',
  message: 'The decision could not be verified; decide again.',
};
