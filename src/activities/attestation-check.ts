import { Attestation } from '../contract/attestation.ts';
import type { AttestationStatement } from '../contract/attestation.ts';
import type { Draft } from '../contract/draft.ts';
import type { LedgerFact } from '../contract/ledger.ts';
import type { NonDelegable } from '../contract/non-delegable.ts';
import { judgeAttestation } from '../policy/attestation.ts';
import type { Store } from '../store/open.ts';
import { draftFact } from './draft-fact.ts';
import { isSignedByFounder } from './founder-keys.ts';
import type { FounderKeys } from './founder-keys.ts';

// Longer than one is valid, so that an answer can say that there was one and it is over.
const LOOK_BACK_MS = 3_600_000;

export interface AttestationsCheck {
  readonly store: Pick<Store, 'attestations'>;
  readonly founderKeys: FounderKeys;
  /** Of the action. */
  readonly digest: string;
  /** The refusals to lift, each by an attestation of its own. */
  readonly classes: readonly NonDelegable[];
  /** The draft that asks, once it has used them: what it used still holds for it, while it is fresh. */
  readonly draftId?: string;
  readonly nowMs: number;
}

export type AttestationsResult =
  | {
      readonly ok: true;
      /** Ids, to be used in the claim. */
      readonly use: readonly string[];
      readonly statements: readonly AttestationStatement[];
    }
  | { readonly ok: false; readonly missing: readonly NonDelegable[]; readonly why: string };

/**
 * Looks for a fresh attestation of the action for each class. Consumes nothing. Fails closed: what is not signed by a
 * founder's key, or whose row was changed, is as if it were not there.
 */
export async function checkAttestations(check: AttestationsCheck): Promise<AttestationsResult> {
  const found = new Map<NonDelegable, AttestationStatement | undefined>();
  const faults: string[] = [];
  for (const scope of new Set(check.classes)) found.set(scope, await attestationFor(scope, check, faults));

  const statements = [...found.values()].filter((statement) => statement !== undefined);
  if (statements.length === found.size) return { ok: true, use: statements.map(({ id }) => id), statements };
  const missing = [...found.keys()].filter((scope) => found.get(scope) === undefined);
  return { ok: false, missing, why: whyNot(check, missing, faults) };
}

/** What the ledger says of attestations that a draft has used; goes with the claim. */
export function attestationsUsed(draft: Draft, statements: readonly AttestationStatement[]): LedgerFact[] {
  return statements.map(({ id, founder, scope, digest, time, evidence }) =>
    draftFact(draft, 'attestation.used', id, { attestation: id, founder, scope, digest, given: time, evidence }),
  );
}

async function attestationFor(
  scope: NonDelegable,
  { store, founderKeys, digest, draftId, nowMs }: AttestationsCheck,
  faults: string[],
): Promise<AttestationStatement | undefined> {
  const since = new Date(nowMs - LOOK_BACK_MS).toISOString();
  for (const { id, usedBy, ...stored } of await store.attestations.find({ digest, scope, since })) {
    const read = Attestation.safeParse({ statement: stored.statement, signature: stored.signature });
    if (!read.success || read.data.statement.id !== id || !isSignedByFounder(read.data, founderKeys)) {
      faults.push(`attestation ${id} is not signed with a key of its founder in MANDATE_FOUNDER_KEYS`);
      continue;
    }
    const { statement } = read.data;
    const verdict = judgeAttestation({ statement, scope, digest, usedBy, draftId, nowMs });
    if (verdict.ok) return statement;
    faults.push(`attestation ${id} does not hold: ${verdict.reason}`);
  }
  return undefined;
}

function whyNot(
  { digest, founderKeys }: AttestationsCheck,
  missing: readonly NonDelegable[],
  faults: string[],
): string {
  const given = faults.length === 0 ? 'none is there' : faults.slice(0, 3).join('; ');
  const means = founderKeys.length === 0 ? ' The executor has no MANDATE_FOUNDER_KEYS, so that none can count.' : '';
  const commands = missing.map(
    (scope) => `mandate attest --digest ${digest} --scope ${scope} --evidence WHERE --key FILE --as NAME`,
  );
  return `Nobody may delegate ${missing.join(', ')}; a founder has to attest it: ${given}.${means} A founder gives one, valid for 15 minutes, with: ${commands.join('; ')}`;
}
