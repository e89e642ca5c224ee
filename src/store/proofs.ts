import type { Database } from './database.ts';

/** Proofs that were found to be somebody's. Each is for the one request that it came to first. */
export interface Proofs {
  /**
   * Whether a proof is for this request: `execution` is the first of its workflow, and the same through
   * continue-as-new and resets, while another request under the same id has another. Asked again, the answer is the same.
   */
  use(proof: string, execution: string, time: string): Promise<boolean>;
}

export function createProofs(database: Database): Proofs {
  return {
    use: (proof, execution, time) =>
      database.write(async (tx) => {
        await tx
          .insertInto('used_proofs')
          .values({ proof, execution, used_at: time })
          .onConflict((conflict) => conflict.column('proof').doNothing())
          .execute();
        const used = await tx
          .selectFrom('used_proofs')
          .select('execution')
          .where('proof', '=', proof)
          .executeTakeFirstOrThrow();
        return used.execution === execution;
      }),
  };
}
