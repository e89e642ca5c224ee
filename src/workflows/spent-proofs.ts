import type { DecisionAnswer } from '../contract/approval-request.ts';
import type { Genuine } from '../contract/proof.ts';
import { cut } from '../contract/text.ts';

interface Spent {
  readonly answer: DecisionAnswer;
  readonly genuine: Genuine;
}

/** What a request hands to its next execution of the proofs that refusals have used up. */
export interface SpentSoFar {
  readonly spent: readonly (readonly [proof: string, spent: Spent])[];
  readonly forgotten: readonly (readonly [madeWith: string, madeAtMs: number])[];
}

// All of them go along into each new history, beside what was decided, and a message may quote what was sent.
const MAX_SPENT = 100;
const MAX_MESSAGE = 400;

/**
 * Proofs that a refusal has used up. A proof counts once: sent again, it is answered as it was the first time, whatever
 * has changed since. What was accepted the reducer itself remembers. Only genuine proofs are kept, so that whoever floods
 * a request with what merely looks like one pushes none of them out.
 */
export class SpentProofs {
  private readonly spent: Map<string, Spent>;
  /** With what forgotten proofs were made, and when the latest of those was: one made later is none of them. */
  private readonly forgotten: Map<string, number>;

  constructor({ spent, forgotten }: SpentSoFar = { spent: [], forgotten: [] }) {
    this.spent = new Map(spent);
    this.forgotten = new Map(forgotten);
  }

  answerTo(proof: string | undefined): DecisionAnswer | undefined {
    return proof === undefined ? undefined : this.spent.get(proof)?.answer;
  }

  /** Whether a proof that is not known may be one that was used up and forgotten. */
  mayBeForgotten({ madeWith, madeAtMs }: Genuine): boolean {
    return madeAtMs <= (this.forgotten.get(madeWith) ?? -Infinity);
  }

  spend(proof: string, genuine: Genuine, { message, ...rest }: DecisionAnswer): void {
    const answer = { ...rest, ...(message !== undefined && { message: cut(message, MAX_MESSAGE) }) };
    this.spent.set(proof, { answer, genuine });
    if (this.spent.size > MAX_SPENT) this.forgetOldest();
  }

  soFar(): SpentSoFar {
    return { spent: [...this.spent], forgotten: [...this.forgotten] };
  }

  private forgetOldest(): void {
    const [oldest] = this.spent;
    if (oldest === undefined) return;
    const [proof, { genuine }] = oldest;
    const { madeWith, madeAtMs } = genuine;
    this.spent.delete(proof);
    this.forgotten.set(madeWith, Math.max(madeAtMs, this.forgotten.get(madeWith) ?? -Infinity));
  }
}
