import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Deferral, DispatchInput, DispatchOutcome, DispatchResult, DraftStatus } from '../contract/dispatch.ts';
import type { DraftName } from '../contract/draft.ts';
import type { ClaimedAs, ClaimQuery, Edited, RefusedDraft } from '../contract/effect.ts';
import type { JsonObject } from '../contract/json.ts';
import type { LedgerFact } from '../contract/ledger.ts';
import type { LimitAlert } from '../contract/limits.ts';
import { isSettled, mayBecome } from '../policy/draft-status.ts';
import type { Asked } from './ask-for-approval.ts';
import { DraftAlerts } from './draft-alerts.ts';
import { createRecorder } from './recorder.ts';
import type { Recorder } from './recorder.ts';
import { MandateAgent, MandateRun, MandateStatus } from './search-attributes.ts';

/** What a draft is about, and how long it lives. */
export interface DraftFacts extends DraftName {
  /** Undefined where it cannot be read any more. */
  readonly target: JsonObject | undefined;
  readonly digest: string;
  /** Where people had edited the action before: the digest that was proposed. */
  readonly proposed?: string | undefined;
  readonly expiresAtMs: number;
}

/** What a draft that waits long hands to its dispatch's next execution, or a claim to the reconciliation that adopts it. */
export interface DraftStanding {
  readonly status: Extract<DraftStatus, 'pending' | 'approved'>;
  readonly requestId?: string | undefined;
  readonly default?: string | undefined;
  readonly digests?: readonly string[];
  readonly mandate?: string | undefined;
  readonly wasUncovered?: boolean;
  /** How often limiters had something to tell. */
  readonly raised?: number;
  readonly givenUp?: boolean;
}

/** One draft in its workflow: its status, moved only along the permitted transitions, and what is recorded of it. */
export class DraftRecord {
  readonly name: DraftName;
  readonly expiresAtMs: number;
  /** Of the action as it was proposed, and as people have edited it since. The last is in force. */
  private digests: readonly string[];
  /** The standing approval that lets it through. */
  mandate: string | undefined;
  /** It was to be let through by a mandate, which did not cover it any more. */
  wasUncovered: boolean;
  private readonly target: JsonObject | undefined;
  status: DraftStatus;
  requestId: string | undefined;
  /** An attempt was given up that may claim the draft yet, unless that is withdrawn. */
  givenUp: boolean;
  private default: string | undefined;
  private result: DispatchResult | undefined;
  private receipt: JsonObject | undefined;
  private error: string | undefined;
  private waiting: DispatchOutcome['deferred'];
  private readonly alerts: DraftAlerts;
  private wasRevoked = false;
  private isOrphan = false;
  private unknownBecause = '';
  private witnessSaid: string | undefined;
  private shown = false;
  /** An end without an effect that is not recorded yet. */
  private ending: { readonly reason: string; readonly refused: boolean } | undefined;
  private readonly recorder: Recorder;

  constructor(facts: DraftFacts, standing: DraftStanding = { status: 'pending' }) {
    const { id, kind, run, agent } = facts;
    this.name = { id, kind, run, agent };
    this.expiresAtMs = facts.expiresAtMs;
    const { digest, proposed = digest } = facts;
    this.digests = standing.digests ?? (proposed === digest ? [digest] : [proposed, digest]);
    this.mandate = standing.mandate;
    this.wasUncovered = standing.wasUncovered ?? false;
    this.target = facts.target;
    this.status = standing.status;
    this.requestId = standing.requestId;
    this.default = standing.default;
    this.alerts = new DraftAlerts(this.name, standing.raised ?? 0);
    this.givenUp = standing.givenUp ?? false;
    this.recorder = createRecorder(run, agent);
  }

  standing(): DraftStanding {
    return {
      status: 'approved',
      requestId: this.requestId,
      default: this.default,
      digests: this.digests,
      mandate: this.mandate,
      wasUncovered: this.wasUncovered,
      raised: this.alerts.limiterAlerts,
      givenUp: this.givenUp,
    };
  }

  isSettled(): boolean {
    return isSettled(this.status);
  }

  /** Of what is carried out. */
  get digest(): string {
    return this.digests.at(-1) ?? '';
  }

  /** By what its claim is known. */
  query(owner = workflowInfo().workflowId): ClaimQuery {
    return { draftId: this.name.id, digest: this.digest, owner, ...this.edit() };
  }

  /** The digest that was proposed, where it is another one now. */
  edit(): Edited {
    const [proposed] = this.digests;
    return this.digests.length === 1 ? {} : { proposed };
  }

  /** What is recorded when it is admitted: its making, the first time. */
  created({ draftId, action, approval, requester, stage, declared }: DispatchInput): LedgerFact[] {
    if (this.wasUncovered) return this.recorder.take();
    this.recorder.note('draft.created', {
      draftId,
      action,
      digest: this.digest,
      requester,
      needsApproval: approval !== 'none',
      expiresAt: new Date(this.expiresAtMs).toISOString(),
      ...(stage === undefined ? {} : { stage }),
      ...(declared.length === 0 ? {} : { declared }),
    });
    return this.recorder.take();
  }

  /** Refused before people were asked, or before anything was signed. */
  refused(reason: string): void {
    this.end(this.status === 'pending' ? 'rejected' : 'verify_failed', reason);
  }

  notApproved(asked: Extract<Asked, { approved: false }>): void {
    this.default = asked.default;
    switch (asked.status) {
      case 'rejected':
      case 'refused':
        return this.end('rejected', asked.reason);
      case 'expired':
        return this.end('expired', asked.reason);
      case 'cancelled':
      case 'superseded':
        return this.end('cancelled', asked.reason);
    }
  }

  approved(byDefault: string | undefined): void {
    this.default = byDefault;
    this.become('approved');
  }

  /** A standing approval lets it through, so that nobody is asked. */
  covered(mandate: string): void {
    this.mandate = mandate;
    this.become('approved');
  }

  /** It does not after all, and nothing was consumed: nobody has approved the draft, so that people are asked. */
  uncovered(reason: string): void {
    const { id: draftId, kind } = this.name;
    this.recorder.note('draft.deferred', { draftId, kind, result: 'not_covered', reason });
    this.mandate = undefined;
    this.wasUncovered = true;
    this.waiting = undefined;
    this.status = 'pending';
    this.showAgain();
  }

  /** People have made something else of the action: that is the draft from now on. */
  edited(to: string, by: string): LedgerFact[] {
    this.recorder.note('draft.edited', { draftId: this.name.id, from: this.digest, to, by });
    this.digests = [...this.digests, to];
    return this.recorder.take();
  }

  /** It was claimed as people had edited it then, and that is what happened, whatever they have made of it since. */
  claimedAs({ digest }: ClaimedAs): void {
    if (digest !== undefined && digest !== this.digest) this.digests = [...this.digests, digest];
  }

  /** Refused when it was to be carried out: nothing was consumed. */
  refusedBy(refusal: RefusedDraft): void {
    switch (refusal.result) {
      case 'verify_failed':
        this.result = refusal.result;
        return this.end('verify_failed', refusal.error);
      case 'refused_non_delegable':
        this.result = refusal.result;
        return this.end('terminal_unrecoverable', refusal.error);
      case 'expired':
        return this.end('expired', refusal.error);
      case 'revoked':
        this.wasRevoked = true;
        return this.end('cancelled', refusal.error);
    }
  }

  expired(error: string): void {
    if (this.waiting !== undefined) this.result = this.waiting.result;
    this.end('expired', error);
  }

  /** It stays approved, and is taken up again then. */
  deferred({ result, error }: Deferral, untilMs: number): void {
    const again = this.waiting?.result === result;
    this.waiting = { result, until: new Date(untilMs).toISOString(), reason: error };
    // An operator's pause is asked about again and again; it is one refusal.
    if (again && result === 'frozen') return;
    this.recorder.note('draft.deferred', {
      draftId: this.name.id,
      kind: this.name.kind,
      result,
      reason: error,
      until: this.waiting.until,
    });
    this.show('deferred');
  }

  whyWaiting(): string | undefined {
    if (this.waiting === undefined) return undefined;
    return `The draft expired while it had to wait (${this.waiting.result}): ${this.waiting.reason}`;
  }

  /** What the limiters told while this draft was carried out. */
  limitersTold(alerts: readonly LimitAlert[]): void {
    this.alerts.limitersTold(alerts);
  }

  cancelled(): void {
    if (!isSettled(this.status)) this.end('cancelled', 'Cancelled before anything was begun.');
  }

  lostRace(): void {
    this.result = 'lost_race';
    this.end('cancelled', 'Another dispatch had claimed this draft; this one did nothing.');
  }

  /** Its dispatch is gone; this is who looks after its claim now. */
  orphaned(): void {
    this.isOrphan = true;
    const { id: draftId, kind } = this.name;
    this.recorder.note('effect.orphaned', { draftId, kind });
    this.alerts.orphaned();
  }

  unknown(error: string): void {
    this.waiting = undefined;
    this.become('executing');
    this.become('needs_reconciliation');
    this.result = 'unknown';
    this.unknownBecause = error;
    this.error = this.whyUnknown();
    const { id: draftId, kind } = this.name;
    this.recorder.note('effect.unknown', { draftId, kind, error });
    // Whoever was told of the orphan knows.
    if (!this.isOrphan) this.alerts.unknown(error);
    this.show('needs_reconciliation');
  }

  /** What a witness could not tell: it may help the person who has to look. */
  notSeen(why: string): void {
    this.witnessSaid = why;
    if (this.status === 'needs_reconciliation') this.error = this.whyUnknown();
  }

  /** The outcome is known: from the attempt itself, from its claim, from a witness or from a person. */
  settled(outcome: { readonly receipt: JsonObject } | { readonly error: string }): void {
    this.waiting = undefined;
    const wasUnknown = this.status === 'needs_reconciliation';
    if (!wasUnknown) this.become('executing');
    if ('receipt' in outcome) {
      this.result = 'executed';
      this.receipt = outcome.receipt;
      this.error = undefined;
      this.become('completed');
    } else {
      this.result = 'execute_failed';
      this.error = outcome.error;
      this.become('completed_with_error');
    }
    this.showAgain();
  }

  /** Whether it is about to end as one that never began: until that is recorded, it can turn out to be wrong. */
  endsUnbegun(): boolean {
    return this.ending !== undefined;
  }

  /** It was begun after all, and stands as it did then. */
  hadBegun(): void {
    this.ending = undefined;
    this.result = undefined;
    this.error = undefined;
    this.status = 'approved';
  }

  outcome(): DispatchOutcome {
    const { id: draftId, kind, run, agent } = this.name;
    return {
      draftId,
      kind,
      ...(this.target === undefined ? {} : { target: this.target }),
      run,
      agent,
      status: this.status,
      digest: this.digest,
      ...(this.digests.length === 1 ? {} : { digests: this.digests }),
      ...(this.mandate === undefined ? {} : { mandate: this.mandate }),
      ...(this.requestId === undefined ? {} : { requestId: this.requestId }),
      ...(this.default === undefined ? {} : { default: this.default }),
      ...(this.result === undefined ? {} : { result: this.result }),
      ...(this.waiting === undefined ? {} : { deferred: this.waiting }),
      ...(this.receipt === undefined ? {} : { receipt: this.receipt }),
      ...(this.error === undefined ? {} : { error: this.error }),
    };
  }

  /** Writes what was noted, then tells the operators: never before it is recorded. */
  async flush(): Promise<void> {
    this.recordEnd();
    await this.recorder.flush();
    await this.alerts.raise();
  }

  private whyUnknown(): string {
    return this.witnessSaid === undefined ? this.unknownBecause : `${this.unknownBecause} Witness: ${this.witnessSaid}`;
  }

  /** With these the lists find what waits, and what a person has to settle; most drafts do neither and save the event. */
  private show(status: string): void {
    this.shown = true;
    upsertSearchAttributes([
      { key: MandateStatus, value: status },
      { key: MandateRun, value: this.name.run },
      { key: MandateAgent, value: this.name.agent },
    ]);
  }

  private showAgain(): void {
    if (this.shown) this.show(this.status);
  }

  private end(status: DraftStatus, reason: string): void {
    // What was approved and is not carried out is for an operator to know; who lost a race did nothing, and who was
    // cancelled was asked to.
    const refused = this.status === 'approved' && (status !== 'cancelled' || this.wasRevoked);
    this.become(status);
    this.waiting = undefined;
    this.error = reason;
    this.ending = { reason, refused };
    this.showAgain();
  }

  private recordEnd(): void {
    if (this.ending === undefined) return;
    const { reason, refused } = this.ending;
    this.ending = undefined;
    const { status } = this;
    const { id: draftId, kind } = this.name;
    if (refused) this.alerts.refused(status, reason);
    this.recorder.note('draft.ended', {
      draftId,
      kind,
      status,
      reason,
      ...(this.result === undefined ? {} : { result: this.result }),
    });
  }

  private become(status: DraftStatus): void {
    if (!mayBecome(this.status, status)) {
      throw new Error(
        `Draft ${this.name.id} cannot go from ${this.status} to ${status} in ${workflowInfo().workflowId}.`,
      );
    }
    this.status = status;
  }
}
