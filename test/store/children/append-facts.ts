import { openStore, type StoreLocation } from '../../../src/store/open.ts';
import { aFact } from '../facts.ts';
import { answer, given } from './child.ts';

// Appends facts one by one: half of them to a run that all writers share, half to a run of its own.
const { location, writer, count } = await given<{ location: StoreLocation; writer: string; count: number }>();
const store = await openStore(location);
for (let at = 0; at < count; at += 1) {
  const run = at % 2 === 0 ? 'shared' : `own-${writer}`;
  await store.ledger.append([aFact({ entryId: `${writer}/${at}`, run })]);
}
await store.close();
answer(count);
