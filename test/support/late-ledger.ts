import { NativeConnection } from '@temporalio/worker';
import { inject } from 'vitest';
import type { LedgerFact } from '../../src/contract/ledger.ts';
import { createWorkers } from '../../src/worker.ts';
import type { Mandate } from './mandate.ts';

/** A worker whose ledger keeps what it is given at once, and answers when `answer` is over. Returns how to stop it. */
export async function startLateWorker(
  { address, namespace, config, store }: Mandate,
  answer: (facts: readonly LedgerFact[]) => Promise<void>,
): Promise<() => Promise<void>> {
  const connection = await NativeConnection.connect({ address });
  const ledger: typeof store.ledger = {
    ...store.ledger,
    async append(facts) {
      const entries = await store.ledger.append(facts);
      await answer(facts);
      return entries;
    },
  };
  const workers = await createWorkers({
    connection,
    namespace,
    config,
    store: { ...store, ledger },
    roles: ['worker'],
    makeDraftKey: true,
    bundle: { codePath: inject('workflowBundle') },
  });
  const running = workers.map((worker) => worker.run());
  return async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
    await connection.close();
  };
}
