import { openStore, type StoreLocation } from '../../../src/store/open.ts';
import { aClaim, aFact, underMandate } from '../facts.ts';
import { answer, given } from './child.ts';

interface Task {
  readonly location: StoreLocation;
  readonly worker: string;
  readonly mandate: string;
  readonly count: number;
}

// Claims drafts of its own under one mandate, all at once, and answers with those that it won.
const { location, worker, mandate, count } = await given<Task>();
const store = await openStore(location);
const won = await Promise.all(
  Array.from({ length: count }, async (_, at) => {
    const draftId = `${worker}/${at}`;
    const fact = aFact({ entryId: `${draftId}/claimed`, type: 'effect.claimed', body: { draftId } });
    const claimed = await store.claims.claim(aClaim({ draftId, worker }), underMandate(mandate, draftId), [fact]);
    return claimed.claimed ? [draftId] : [];
  }),
);
await store.close();
answer(won.flat());
