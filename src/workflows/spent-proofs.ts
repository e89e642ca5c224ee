import { sha256Hex } from '../contract/canonical.ts';
import type { DecisionAnswer } from '../contract/approval-request.ts';

export type SpentSoFar = readonly (readonly [sha256: string, answer: DecisionAnswer])[];

// The oldest are forgotten: what they were about has long changed.
const MAX_SPENT = 500;
// Characters: all of them go along into each new history, and a message may quote what was sent.
const MAX_MESSAGE = 400;

/**
 * Proofs that a refusal has used up. A proof counts once: sent again, it is answered as it was the first time, whatever
 * has changed since. What was accepted the reducer itself remembers.
 */
export class SpentProofs {
  /** By the SHA-256 of the proof, which may be as long as its sender likes. */
  private readonly answers: Map<string, DecisionAnswer>;

  constructor(soFar: SpentSoFar = []) {
    this.answers = new Map(soFar);
  }

  answerTo(proof: string | undefined): DecisionAnswer | undefined {
    return proof === undefined ? undefined : this.answers.get(sha256Hex(proof));
  }

  spend(proof: string | undefined, answer: DecisionAnswer): void {
    if (proof === undefined) return;
    const { message, ...rest } = answer;
    this.answers.set(sha256Hex(proof), { ...rest, ...(message && { message: message.slice(0, MAX_MESSAGE) }) });
    const oldest = this.answers.keys().next();
    if (this.answers.size > MAX_SPENT && oldest.done !== true) this.answers.delete(oldest.value);
  }

  soFar(): SpentSoFar {
    return [...this.answers];
  }
}
