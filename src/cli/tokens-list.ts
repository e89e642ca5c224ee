import type { Principal, TokenRecord } from '../contract/principal.ts';
import { isTokenId, readPersonalToken } from '../policy/personal-token.ts';
import { CommandError, usageError } from './errors.ts';
import { answer, table } from './output.ts';
import { unknownPrincipal } from './people-change.ts';
import { plain } from '../policy/plain-text.ts';
import { localTime } from './times.ts';
import { whoAmI } from './who-am-i.ts';
import { withStore } from './with-store.ts';

export type TokenState = 'valid' | 'expired' | 'revoked' | 'owner disabled' | 'owner is no person';

export async function listTokens(principal: string | undefined, { json = false }: { json?: boolean }): Promise<void> {
  const tokens = await withStore(async (store) => {
    const owners = new Map((await store.principals.list()).map((each) => [each.id, each]));
    if (principal !== undefined && !owners.has(principal)) throw unknownPrincipal(principal);
    const now = new Date().toISOString();
    const listed = await store.tokens.list({ principal });
    return listed.map((token) => ({ ...token, state: tokenState(token, owners.get(token.principal), now) }));
  });
  answer(json, tokens, () =>
    table(
      ['id', 'of', 'label', 'made', 'expires', 'state'],
      tokens.map(({ id, principal: owner, label, createdAt, expiresAt, state }) => [
        id,
        owner,
        label,
        localTime(createdAt),
        localTime(expiresAt),
        state,
      ]),
      'There are no tokens; make one with: mandate tokens create PERSON',
    ),
  );
}

export async function revokeToken(given: string, { as, json = false }: { as?: string; json?: boolean }): Promise<void> {
  // Whoever has nothing else at hand may give the token itself.
  const id = readPersonalToken(given)?.id ?? given;
  // Not shown: it may be a token with a slip.
  if (!isTokenId(id)) throw usageError('The id of a token is 16 hex digits; see: mandate tokens', { field: 'id' });
  const changer = { by: whoAmI(as), time: new Date().toISOString() };
  const revoked = await withStore(({ tokens }) => tokens.revoke(id, changer));
  if (revoked.outcome === 'unknown')
    throw new CommandError('UnknownToken', `There is no token ${id}.`, { given: id, hint: 'See: mandate tokens' });
  const { outcome, token } = revoked;
  answer(json, { outcome, ...token }, () =>
    outcome === 'revoked'
      ? `Revoked the token ${id} of ${plain(token.principal)}; it counts no more.`
      : `The token ${id} of ${plain(token.principal)} was revoked already.`,
  );
}

/** Whether a decision made with the token would count now. */
export function tokenState(token: TokenRecord, owner: Principal | undefined, now: string): TokenState {
  if (token.revokedAt !== null) return 'revoked';
  if (token.expiresAt <= now) return 'expired';
  if (owner?.kind !== 'person') return 'owner is no person';
  return owner.disabledAt === null ? 'valid' : 'owner disabled';
}
