import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { digestOf } from '../contract/canonical.ts';
import type { DispatchInput, DispatchOutcome, DispatchResult, DraftStatus } from '../contract/dispatch.ts';
import type { UnsignedDraft } from '../contract/effect.ts';
import type { JsonObject } from '../contract/json.ts';
import type { LedgerFact } from '../contract/ledger.ts';
import { isSettled, mayBecome } from '../policy/draft-status.ts';
import type { Asked } from './ask-for-approval.ts';
import { createRecorder } from './recorder.ts';
import type { Recorder } from './recorder.ts';
import { MandateAgent, MandateRun, MandateStatus } from './search-attributes.ts';

/** One draft in its workflow: its status, moved only along the permitted transitions, and what is recorded of it. */
export class DraftRecord {
  readonly expiresAtMs: number;
  readonly digest: string;
  status: DraftStatus = 'pending';
  requestId: string | undefined;
  private default: string | undefined;
  private result: DispatchResult | undefined;
  private receipt: JsonObject | undefined;
  private error: string | undefined;
  private readonly createdAtMs: number;
  private readonly recorder: Recorder;
  private readonly request: DispatchInput;

  constructor(request: DispatchInput, createdAtMs: number) {
    this.request = request;
    this.createdAtMs = createdAtMs;
    this.expiresAtMs = createdAtMs + request.ttlSeconds * 1_000;
    this.digest = digestOf(request.action);
    this.recorder = createRecorder(request.run, request.agent);
  }

  unsigned(): UnsignedDraft {
    const { draftId, action, agent, run } = this.request;
    return {
      id: draftId,
      kind: action.kind,
      target: action.target,
      payload: action.payload,
      agent,
      run,
      createdAt: new Date(this.createdAtMs).toISOString(),
      expiresAt: new Date(this.expiresAtMs).toISOString(),
      digest: this.digest,
    };
  }

  created(): LedgerFact[] {
    const { draftId, action, approval, requester, stage } = this.request;
    this.recorder.note('draft.created', {
      draftId,
      action,
      digest: this.digest,
      requester,
      needsApproval: approval !== 'none',
      expiresAt: new Date(this.expiresAtMs).toISOString(),
      ...(stage === undefined ? {} : { stage }),
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

  verifyFailed(error: string): void {
    this.result = 'verify_failed';
    this.end('verify_failed', error);
  }

  expired(error: string): void {
    this.end('expired', error);
  }

  cancelled(): void {
    if (!isSettled(this.status)) this.end('cancelled', 'Cancelled before anything was begun.');
  }

  lostRace(): void {
    this.result = 'lost_race';
    this.end('cancelled', 'Another dispatch had claimed this draft; this one did nothing.');
  }

  unknown(error: string): void {
    this.become('executing');
    this.become('needs_reconciliation');
    this.result = 'unknown';
    this.error = error;
    this.recorder.note('effect.unknown', { draftId: this.request.draftId, kind: this.request.action.kind, error });
    // With these the inbox finds what a person has to settle.
    upsertSearchAttributes([
      { key: MandateStatus, value: 'needs_reconciliation' },
      { key: MandateRun, value: this.request.run },
      { key: MandateAgent, value: this.request.agent },
    ]);
  }

  /** The outcome is known: from the attempt itself, from its claim, from a witness or from a person. */
  settled(outcome: { readonly receipt: JsonObject } | { readonly error: string }): void {
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
    if (wasUnknown) upsertSearchAttributes([{ key: MandateStatus, value: this.status }]);
  }

  outcome(): DispatchOutcome {
    const { draftId, action } = this.request;
    return {
      draftId,
      kind: action.kind,
      status: this.status,
      digest: this.digest,
      ...(this.requestId === undefined ? {} : { requestId: this.requestId }),
      ...(this.default === undefined ? {} : { default: this.default }),
      ...(this.result === undefined ? {} : { result: this.result }),
      ...(this.receipt === undefined ? {} : { receipt: this.receipt }),
      ...(this.error === undefined ? {} : { error: this.error }),
    };
  }

  flush(): Promise<void> {
    return this.recorder.flush();
  }

  private end(status: DraftStatus, reason: string): void {
    this.become(status);
    this.error = reason;
    this.recorder.note('draft.ended', {
      draftId: this.request.draftId,
      kind: this.request.action.kind,
      status,
      reason,
      ...(this.result === undefined ? {} : { result: this.result }),
    });
  }

  private become(status: DraftStatus): void {
    if (!mayBecome(this.status, status)) {
      throw new Error(
        `Draft ${this.request.draftId} cannot go from ${this.status} to ${status} in ${workflowInfo().workflowId}.`,
      );
    }
    this.status = status;
  }
}
