import { canonicalize } from '../contract/canonical.ts';
import type { SignedDraft } from '../contract/draft.ts';
import type { JsonObject } from '../contract/json.ts';
import type { ClaimRow } from './tables.ts';

/** Who carries out a draft: whoever inserted its claim, and nobody else, ever. */
export interface Claim extends Omit<ClaimRequest, 'provider' | 'dueAt' | 'signed'> {
  /** Undefined in a claim that was made before these were kept with it. */
  readonly dueAt: string | undefined;
  readonly signed: SignedDraft | undefined;
  readonly settlement: Settlement | null;
}

export interface ClaimRequest {
  readonly draftId: string;
  /** Of the action. */
  readonly digest: string;
  /** The digest that was proposed, where people edited the action: by it the draft is known. */
  readonly proposed?: string | undefined;
  readonly kind: string;
  /** Whom the action goes to, where several providers serve its kind; not kept. */
  readonly provider?: string | undefined;
  /** Id of the workflow that carries out the draft. */
  readonly owner: string;
  readonly run: string;
  readonly agent: string;
  /** The process that is about to act. */
  readonly worker: string;
  readonly time: string;
  /** When the attempt is over at the latest, settled or not. */
  readonly dueAt: string;
  /** The signed draft, with which its outcome can be looked for when its workflow is gone. */
  readonly signed: SignedDraft;
}

export interface Settlement {
  /** `withdrawn`: the claim was made only so that no attempt can make it any more. */
  readonly outcome: 'completed' | 'completed_with_error' | 'withdrawn';
  readonly receipt?: JsonObject | undefined;
  readonly error?: string | undefined;
  readonly by: string;
  readonly time: string;
}

export function rowOf({ dueAt, signed, ...request }: ClaimRequest, token: string): ClaimRow {
  return {
    ...unsettled(request, token),
    worker: request.worker,
    draft: canonicalize(signed.draft),
    signature: signed.signature,
    due_at: dueAt,
  };
}

/** What every claim has. */
export function unsettled(
  { draftId, digest, proposed, kind, owner, run, agent, time }: Omit<ClaimRequest, 'dueAt' | 'signed' | 'worker'>,
  token: string,
): Omit<ClaimRow, 'worker' | 'draft' | 'signature' | 'due_at'> {
  return {
    draft_id: draftId,
    digest,
    proposed_digest: proposed ?? null,
    kind,
    owner,
    run,
    agent,
    claimed_at: time,
    claim_token: token,
    begun_at: null,
    settled_at: null,
    settled_by: null,
    outcome: null,
    receipt: null,
    error: null,
    settle_token: null,
  };
}

export function settlementColumns({ outcome, receipt, error, by, time }: Settlement, token: string): Partial<ClaimRow> {
  return {
    outcome,
    receipt: receipt === undefined ? null : canonicalize(receipt),
    // A provider may say anything; PostgreSQL's text cannot hold a NUL, and that must not cost the settlement.
    error: error?.replaceAll('\0', '\ufffd') ?? null,
    settled_by: by,
    settled_at: time,
    settle_token: token,
  };
}

export function claimOf(row: ClaimRow): Claim {
  const { draft_id: draftId, digest, kind, owner, run, agent, worker, claimed_at: time } = row;
  return {
    draftId,
    digest,
    ...(row.proposed_digest === null ? {} : { proposed: row.proposed_digest }),
    kind,
    owner,
    run,
    agent,
    worker,
    time,
    dueAt: row.due_at ?? undefined,
    signed: signedOf(row),
    settlement: settlementOf(row),
  };
}

/** Not checked here: whoever uses the draft verifies its signature, which also finds a row that was tampered with. */
function signedOf({ draft, signature }: ClaimRow): SignedDraft | undefined {
  if (draft === null || signature === null) return undefined;
  try {
    return { draft: JSON.parse(draft) as SignedDraft['draft'], signature };
  } catch {
    return undefined;
  }
}

function settlementOf(row: ClaimRow): Settlement | null {
  if (row.settled_at === null || row.settled_by === null) return null;
  return {
    outcome: row.outcome as Settlement['outcome'],
    ...(row.receipt === null ? {} : { receipt: JSON.parse(row.receipt) as JsonObject }),
    ...(row.error === null ? {} : { error: row.error }),
    by: row.settled_by,
    time: row.settled_at,
  };
}
