import { openStore, type StoreLocation } from '../../../src/store/open.ts';
import { aClaim, aFact, NO_TERMS } from '../facts.ts';
import { answer, given } from './child.ts';

// Claims each draft, in order, and answers with those that it won.
const { location, worker, drafts } = await given<{ location: StoreLocation; worker: string; drafts: string[] }>();
const store = await openStore(location);
const won: string[] = [];
for (const draftId of drafts) {
  const fact = aFact({ entryId: `${draftId}/${worker}`, type: 'effect.claimed', body: { draftId, worker } });
  const result = await store.claims.claim(aClaim({ draftId, worker }), NO_TERMS, [fact]);
  if (result.claimed) won.push(draftId);
}
await store.close();
answer(won);
