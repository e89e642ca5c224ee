import type { Transaction } from 'kysely';
import { canonicalize } from '../contract/canonical.ts';
import type { Attestation } from '../contract/attestation.ts';
import type { LedgerFact } from '../contract/ledger.ts';
import type { NonDelegable } from '../contract/non-delegable.ts';
import { ATTESTATION_LIFE_MS } from '../policy/attestation.ts';
import type { Database } from './database.ts';
import { appendFacts } from './ledger.ts';
import type { AttestationRow, Tables } from './tables.ts';

/** As it stands in its row: nobody has looked at the signature, and the row may have been changed. */
interface StoredAttestation {
  readonly id: string;
  readonly statement: unknown;
  readonly signature: string;
  readonly usedBy: string | undefined;
  readonly usedAt: string | undefined;
}

export interface Attestations {
  /** Keeps an attestation, with the facts; the same one again is `given` and changes nothing. */
  give(attestation: Attestation, facts: readonly LedgerFact[]): Promise<'given' | 'id_taken'>;
  /** Those of an action and a class that were made after a time, oldest first, used or not. */
  find(query: {
    readonly digest: string;
    readonly scope: NonDelegable;
    readonly since: string;
  }): Promise<StoredAttestation[]>;
}

/**
 * Uses attestations for a draft, within the transaction that claims it: all of them, or it says false and the
 * transaction must be rolled back. False when one is unknown, was used meanwhile, or is over at `time`.
 */
export async function useIn(
  tx: Transaction<Tables>,
  ids: readonly string[],
  draftId: string,
  time: string,
): Promise<boolean> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return true;
  const used = await tx
    .updateTable('attestations')
    .set({ used_by: draftId, used_at: time })
    .where('id', 'in', wanted)
    .where('used_by', 'is', null)
    .where('time', '>', new Date(Date.parse(time) - ATTESTATION_LIFE_MS).toISOString())
    .returning('id')
    .execute();
  return used.length === wanted.length;
}

export function createAttestations(database: Database): Attestations {
  return {
    async give(attestation, facts) {
      const row = rowOf(attestation);
      return database.write(async (tx) => {
        const inserted = await tx
          .insertInto('attestations')
          .values(row)
          .onConflict((conflict) => conflict.column('id').doNothing())
          .returning('id')
          .execute();
        if (inserted.length > 0) {
          await appendFacts(database, tx, facts);
          return 'given';
        }
        const { statement, signature } = await tx
          .selectFrom('attestations')
          .select(['statement', 'signature'])
          .where('id', '=', row.id)
          .executeTakeFirstOrThrow();
        return statement === row.statement && signature === row.signature ? 'given' : 'id_taken';
      });
    },

    async find({ digest, scope, since }) {
      const rows = await database.read((db) =>
        db
          .selectFrom('attestations')
          .selectAll()
          .where('digest', '=', digest)
          .where('scope', '=', scope)
          .where('time', '>', since)
          .orderBy('time')
          .orderBy('id')
          .execute(),
      );
      return rows.map(storedOf);
    },
  };
}

function rowOf({ statement, signature }: Attestation): AttestationRow {
  const { id, digest, scope, founder, time } = statement;
  return {
    id,
    digest,
    scope,
    founder,
    statement: canonicalize(statement),
    signature,
    time,
    used_by: null,
    used_at: null,
  };
}

function storedOf({ id, statement, signature, used_by: usedBy, used_at: usedAt }: AttestationRow): StoredAttestation {
  return { id, statement: parsed(statement), signature, usedBy: usedBy ?? undefined, usedAt: usedAt ?? undefined };
}

/** What somebody made unreadable is no statement, and stands in nobody's way. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
