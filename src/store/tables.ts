/**
 * The rows as they stand in both databases: text and whole numbers only. Times are ISO 8601 in UTC with milliseconds,
 * so that they sort as text; JSON is kept as its canonical text, so that what was hashed is what is stored.
 */
export interface Tables {
  ledger: LedgerRow;
  effect_claims: ClaimRow;
  outputs: OutputRow;
  tracked_items: TrackedItemRow;
}

export interface LedgerRow {
  position: number;
  sequence: number;
  entry_id: string;
  run: string;
  agent: string | null;
  type: string;
  time: string;
  body: string;
  run_previous: string;
  previous: string;
  hash: string;
}

export interface ClaimRow {
  draft_id: string;
  digest: string;
  kind: string;
  owner: string;
  run: string;
  agent: string;
  worker: string;
  claimed_at: string;
  claim_token: string;
  settled_at: string | null;
  settled_by: string | null;
  outcome: string | null;
  receipt: string | null;
  error: string | null;
  settle_token: string | null;
}

export interface OutputRow {
  id: string;
  sequence: number;
  run: string;
  stage: string;
  agent: string;
  phase: string;
  class: string;
  name: string;
  content: string;
  checksum: string;
  artifact_digest: string | null;
  time: string;
  validated_at: string | null;
  validated_by: string | null;
}

interface TrackedItemRow {
  run: string;
  item: string;
  title: string;
  status: string;
  opened_at: string;
  closed_at: string | null;
  closed_by: string | null;
  note: string | null;
}
