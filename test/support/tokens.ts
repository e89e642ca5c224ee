import { newPersonalToken } from '../../src/activities/decision-proof.ts';
import type { Store } from '../../src/store/open.ts';

/** A personal token of somebody, who is made known where nobody knows them yet. */
export async function tokenFor(store: Store, person: string): Promise<string> {
  const by = { by: 'root', time: new Date().toISOString() };
  await store.principals.add({ id: person, kind: 'person', groups: [], email: null }, by);
  const { token, id, publicKey } = newPersonalToken();
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  await store.tokens.issue({ id, principal: person, label: '', publicKey, expiresAt }, by);
  return token;
}
