/**
 * The rows as they stand in both databases: text and whole numbers only. Times are ISO 8601 in UTC with milliseconds,
 * so that they sort as text; JSON is kept as its canonical text, so that what was hashed is what is stored.
 */
export interface Tables {
  ledger: LedgerRow;
  effect_claims: ClaimRow;
  outputs: OutputRow;
  tracked_items: TrackedItemRow;
  limiters: LimiterRow;
  limiter_leases: LimiterLeaseRow;
  limiter_holds: LimiterHoldRow;
  attestations: AttestationRow;
  notification_routes: NotificationRouteRow;
  executors: ExecutorRow;
  executor_counters: ExecutorCounterRow;
  pauses: PauseRow;
  calls: CallRow;
  principals: PrincipalRow;
  principal_groups: PrincipalGroupRow;
  tokens: TokenRow;
  mandates: MandateRow;
  mandate_uses: MandateUseRow;
  mails: MailRow;
  mail_decisions: MailDecisionRow;
  mail_answers: MailAnswerRow;
  used_proofs: UsedProofRow;
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
  draft: string | null;
  signature: string | null;
  due_at: string | null;
  begun_at: string | null;
  /** Where people edited the action: what was proposed. */
  proposed_digest: string | null;
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

/** What is shared of the limits in one scope: `all`, or `agent/<id>`. */
interface LimiterRow {
  scope: string;
  state: string;
}

/** A call that was granted, until it is settled. */
interface LimiterLeaseRow {
  scope: string;
  lease: string;
  tool: string;
  epoch: number;
  granted_at: string;
}

/** A provider told us to wait. */
interface LimiterHoldRow {
  tool: string;
  until: string;
  reason: string;
}

export interface AttestationRow {
  id: string;
  digest: string;
  scope: string;
  founder: string;
  statement: string;
  signature: string;
  time: string;
  used_by: string | null;
  used_at: string | null;
}

/** Never changed: the highest version of a route is the one in force. */
export interface NotificationRouteRow {
  route: string;
  version: number;
  channels: string;
  changed_at: string;
  changed_by: string;
}

export interface ExecutorRow {
  id: string;
  host: string;
  pid: number;
  started_at: string;
  seen_at: string;
  stopped_at: string | null;
  why: string | null;
}

interface ExecutorCounterRow {
  executor: string;
  name: string;
  count: number;
}

interface PauseRow {
  what: string;
  by: string;
  reason: string;
  since: string;
}

/** One attempt of a call that may be repeated. */
export interface CallRow {
  id: string;
  subject: string;
  name: string;
  number: number;
  outcome: string;
  error: string | null;
  elapsed_ms: number;
  time: string;
}

export interface PrincipalRow {
  id: string;
  kind: string;
  email: string | null;
  created_at: string;
  disabled_at: string | null;
}

interface PrincipalGroupRow {
  principal: string;
  group_name: string;
}

/** Of the token itself there is only the public key that is derived from it. */
export interface TokenRow {
  id: string;
  principal: string;
  label: string;
  public_key: string;
  created_at: string;
  expires_at: string;
  revoked_at: string | null;
}

export interface MandateRow {
  id: string;
  scope: string;
  max_uses: number;
  uses: number;
  reason: string;
  request_id: string;
  granted_by: string;
  granted_at: string;
  expires_at: string;
  withdrawn_at: string | null;
  withdrawn_by: string | null;
  withdrawn_because: string | null;
}

interface MandateUseRow {
  draft_id: string;
  mandate: string;
  used_at: string;
}

/** A message that we sent to one person, and the one answer that it may have. */
export interface MailRow {
  message_id: string;
  notification_id: string;
  request_id: string;
  run: string;
  principal: string;
  address: string;
  subject: string;
  digest: string;
  token_hash: string;
  sent_at: string;
  used_at: string | null;
  used_by: string | null;
}

/** A decision that was read from a message, and whose sender was found to be who it says. */
export interface MailDecisionRow {
  decision_id: string;
  message_id: string;
  request_id: string;
  principal: string;
  verdict: string;
  digest: string;
  reason: string | null;
  received_at: string;
}

/** Whom we told, about which message of ours, that what they wrote is no decision. */
interface MailAnswerRow {
  message_id: string;
  address: string;
  /** The mail of theirs that was answered. */
  answered_to: string;
  answered_at: string;
}

/** A proof of a decision that has been verified, and the request that it was for. */
interface UsedProofRow {
  proof: string;
  /** The first execution of the request's workflow. */
  execution: string;
  used_at: string;
}
