import { openStore, type StoreLocation } from '../../../src/store/open.ts';
import { answer, given } from './child.ts';

const { location } = await given<{ location: StoreLocation }>();
const store = await openStore(location);
const { applied } = await store.migrate();
await store.checkSchema();
await store.close();
answer(applied);
