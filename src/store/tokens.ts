import type { LedgerFact } from '../contract/ledger.ts';
import type { TokenRecord } from '../contract/principal.ts';
import type { Database } from './database.ts';
import { appendFacts, isRecorded } from './ledger.ts';
import { newEntryId, principalIn, PRINCIPALS_RUN } from './principals.ts';
import type { Changer } from './principals.ts';
import type { TokenRow } from './tables.ts';

/** With what a decision made with the token is verified; nobody can make one with it. */
export interface StoredToken extends TokenRecord {
  /** The 32 bytes of an Ed25519 key, in base64url. */
  readonly publicKey: string;
}

export type TokenIssued =
  /** Only an active person is given a token. */
  'issued' | 'id_taken' | 'unknown_principal' | 'not_a_person' | 'disabled';

export type TokenRevoked =
  { readonly outcome: 'revoked' | 'already_revoked'; readonly token: TokenRecord } | { readonly outcome: 'unknown' };

/** Personal tokens. Issuing and revoking are in the ledger, in the run `principals`; what verifies is nothing secret. */
export interface Tokens {
  issue(token: Omit<StoredToken, 'createdAt' | 'revokedAt'>, changer: Changer): Promise<TokenIssued>;
  /** Also one that has expired or was revoked. */
  get(id: string): Promise<StoredToken | undefined>;
  /** The oldest first: all, or those of a principal. */
  list(query?: { readonly principal?: string | undefined }): Promise<TokenRecord[]>;
  /** From now on it counts no more, also for what was made with it before. */
  revoke(id: string, changer: Changer): Promise<TokenRevoked>;
}

export function createTokens(database: Database): Tokens {
  return {
    issue({ id, principal, label, publicKey, expiresAt }, { by, time }) {
      const entryId = newEntryId();
      return database.write(async (tx) => {
        await database.lockLedger(tx);
        if (await isRecorded(tx, entryId)) return 'issued';
        const owner = await principalIn(tx, principal);
        if (owner === undefined) return 'unknown_principal';
        if (owner.kind !== 'person') return 'not_a_person';
        if (owner.disabledAt !== null) return 'disabled';
        const row = {
          id,
          principal,
          label,
          public_key: publicKey,
          created_at: time,
          expires_at: expiresAt,
          revoked_at: null,
        };
        const added = await tx
          .insertInto('tokens')
          .values(row)
          .onConflict((conflict) => conflict.column('id').doNothing())
          .returning('id')
          .execute();
        if (added.length === 0) return 'id_taken';
        const body = { token: id, principal, label, expiresAt, by };
        await appendFacts(database, tx, [factOf(entryId, 'token.issued', time, body)]);
        return 'issued';
      });
    },

    async get(id) {
      const row = await database.read((db) =>
        db.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirst(),
      );
      return row && { ...recordOf(row), publicKey: row.public_key };
    },

    async list({ principal } = {}) {
      const rows = await database.read((db) =>
        db
          .selectFrom('tokens')
          .selectAll()
          .$if(principal !== undefined, (query) => query.where('principal', '=', principal ?? ''))
          .orderBy('created_at')
          .orderBy('id')
          .execute(),
      );
      return rows.map(recordOf);
    },

    revoke(id, { by, time }) {
      const entryId = newEntryId();
      return database.write(async (tx) => {
        await database.lockLedger(tx);
        const row = await tx.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirst();
        if (row === undefined) return { outcome: 'unknown' };
        const token = recordOf(row);
        if (token.revokedAt !== null) {
          return { outcome: (await isRecorded(tx, entryId)) ? 'revoked' : 'already_revoked', token };
        }
        await tx.updateTable('tokens').set({ revoked_at: time }).where('id', '=', id).execute();
        const body = { token: id, principal: token.principal, by };
        await appendFacts(database, tx, [factOf(entryId, 'token.revoked', time, body)]);
        return { outcome: 'revoked', token: { ...token, revokedAt: time } };
      });
    },
  };
}

function recordOf(row: TokenRow): TokenRecord {
  const { id, principal, label, created_at: createdAt, expires_at: expiresAt, revoked_at: revokedAt } = row;
  return { id, principal, label, createdAt, expiresAt, revokedAt };
}

function factOf(
  entryId: string,
  type: 'token.issued' | 'token.revoked',
  time: string,
  body: LedgerFact['body'],
): LedgerFact {
  return { entryId, run: PRINCIPALS_RUN, agent: null, type, time, body };
}
