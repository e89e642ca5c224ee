import { createMandate } from '../src/client.ts';
import type { Environment } from './environment.ts';

/** How long after its attempt must be over a person believes what the receiver has. */
const MARGIN_MS = 5_000;

/** A careful person: asks the receiver about each unknown outcome, and settles those that nothing can change any more. */
export async function settleUnknowns({ client, calls, store, receiver }: Environment): Promise<void> {
  const mandate = createMandate(client);
  const unknowns = (await calls.attempt('list the unknown', () => mandate.unknowns())) ?? [];
  for (const { draftId } of unknowns) {
    const claim = await store.claims.get(draftId);
    if (claim?.dueAt === undefined || Date.parse(claim.dueAt) + MARGIN_MS > Date.now()) continue;
    const taken = (await receiver.counts()).get(draftId)?.taken ?? 0;
    const found =
      taken > 0 ? ({ outcome: 'happened', url: receiver.url } as const) : ({ outcome: 'did_not_happen' } as const);
    await calls.attempt('reconcile', async () => {
      const answer = await mandate.reconcile(draftId, { by: 'olga', ...found });
      if (answer.outcome === 'Invalid') throw new Error(answer.message);
      return answer;
    });
  }
}
