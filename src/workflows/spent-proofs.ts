import type { DecisionAnswer } from '../contract/approval-request.ts';

export type SpentSoFar = readonly (readonly [proof: string, answer: DecisionAnswer])[];

// The oldest are forgotten: what they were about has long changed.
const MAX_SPENT = 500;

/**
 * Proofs that a refusal has used up. A proof counts once: sent again, it is answered as it was the first time, whatever
 * has changed since. What was accepted the reducer itself remembers.
 */
export class SpentProofs {
  private readonly answers: Map<string, DecisionAnswer>;

  constructor(soFar: SpentSoFar = []) {
    this.answers = new Map(soFar);
  }

  answerTo(proof: string | undefined): DecisionAnswer | undefined {
    return proof === undefined ? undefined : this.answers.get(proof);
  }

  spend(proof: string | undefined, answer: DecisionAnswer): void {
    if (proof === undefined) return;
    this.answers.set(proof, answer);
    const oldest = this.answers.keys().next();
    if (this.answers.size > MAX_SPENT && oldest.done !== true) this.answers.delete(oldest.value);
  }

  soFar(): SpentSoFar {
    return [...this.answers];
  }
}
