import type { Config } from '../config.ts';
import { readPersonalToken } from '../policy/personal-token.ts';
import { tokenState } from './tokens-list.ts';
import type { TokenState } from './tokens-list.ts';
import { inStore } from './with-store.ts';

/** What the database tells of the token that is set here. */
export interface OwnedToken {
  readonly id: string;
  /** Undefined where the database does not know the token, or where there is no database yet. */
  readonly known: { readonly owner: string; readonly state: TokenState } | undefined;
}

/** Whose the token `MANDATE_TOKEN` is, and whether it counts. */
export async function ownedToken(config: Config): Promise<OwnedToken> {
  const id = readPersonalToken(config.token ?? '')?.id ?? '';
  const known = await inStore(config, async ({ tokens, principals }) => {
    const token = await tokens.get(id);
    if (token === undefined) return undefined;
    const owner = await principals.get(token.principal);
    return { owner: token.principal, state: tokenState(token, owner, new Date().toISOString()) };
  });
  return { id, known };
}
