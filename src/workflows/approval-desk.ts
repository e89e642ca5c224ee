import { CancellationScope, log, workflowInfo } from '@temporalio/workflow';
import type { Action } from '../contract/action.ts';
import type { DecisionAnswer, EditAdmission, InboxItem, Supersession } from '../contract/approval-request.ts';
import type { DecisionWire } from '../contract/decision-wire.ts';
import type { JsonObject } from '../contract/json.ts';
import type { ProvenBy, Verified } from '../contract/proof.ts';
import {
  cancel,
  completeDecision,
  decide,
  dueAtDeadline,
  isEnded,
  mayDecide,
  passTime,
  supersede,
} from '../policy/approval.ts';
import type { Answer, ApprovalState } from '../policy/approval.ts';
import type { Refused } from '../policy/approval-refusal.ts';
import { nextReminderMs, undecided } from '../policy/reminders.ts';
import { steps } from './activities.ts';
import { ApprovalNotices } from './approval-notices.ts';
import type { NoticesSoFar } from './approval-notices.ts';
import { approverIds, itemOf, showChange } from './approval-view.ts';
import type { ApprovalFacts } from './approval-view.ts';
import { createRecorder } from './recorder.ts';
import type { Recorder } from './recorder.ts';
import { SpentProofs } from './spent-proofs.ts';
import type { SpentSoFar } from './spent-proofs.ts';

// Refused messages are recorded one by one up to here, then only counted, so that a flood cannot fill the ledger.
const MAX_RECORDED_REFUSALS = 200;

// In bytes of JSON: leaves room for the action itself, and for the reasons of later votes.
const MAX_DECIDED = 384 * 1024;
// In characters, and taken always: a rejection cannot do without.
const SHORT_REASON = 100;

/** What a request hands to its next execution, beside its state. */
export interface DeskSoFar {
  readonly refused: number;
  readonly remindedAtMs: number;
  readonly spent: SpentSoFar;
  readonly nonDelegable?: readonly string[];
  readonly notices: NoticesSoFar;
}

/** One request in its workflow: the reducer's state, what is recorded of it, and who is told. */
export class ApprovalDesk {
  state: ApprovalState;
  private refused: number;
  private remindedAtMs: number;
  private nonDelegable: readonly string[] | undefined;
  private readonly spent: SpentProofs;
  private readonly facts: ApprovalFacts;
  private readonly recorder: Recorder;
  private readonly notices: ApprovalNotices;

  constructor(facts: ApprovalFacts, state: ApprovalState, soFar?: DeskSoFar) {
    const { request, createdAtMs } = facts;
    const { workflowId } = workflowInfo();
    this.facts = facts;
    this.state = state;
    this.refused = soFar?.refused ?? 0;
    this.remindedAtMs = soFar?.remindedAtMs ?? createdAtMs;
    this.spent = new SpentProofs(soFar?.spent);
    this.nonDelegable = soFar?.nonDelegable;
    this.recorder = createRecorder(request.run ?? workflowId, request.actingAgent ?? null, steps.append);
    this.notices = new ApprovalNotices(facts, workflowId, soFar?.notices);
  }

  soFar(): DeskSoFar {
    return {
      refused: this.refused,
      remindedAtMs: this.remindedAtMs,
      spent: this.spent.soFar(),
      ...(this.nonDelegable === undefined ? {} : { nonDelegable: this.nonDelegable }),
      notices: this.notices.soFar(),
    };
  }

  opened(): void {
    const { request } = this.facts;
    const { title, priority, requester, rule, timeoutSeconds, onTimeout, escalation, reminders } = request;
    const { irreversible, channels, context, editable, stage } = request;
    this.note('approval.requested', {
      title,
      action: this.state.action,
      digest: this.state.digest,
      requester,
      approvers: this.state.approvers.map(({ id, groups }) => ({ id, groups: [...groups] })),
      rule,
      timeoutSeconds,
      onTimeout,
      reminders,
      ...(escalation.length === 0 ? {} : { escalation }),
      ...(irreversible ? { irreversible } : {}),
      ...(channels === undefined ? {} : { channels }),
      priority,
      context,
      ...(editable.length === 0 ? {} : { editable }),
      ...(stage === undefined ? {} : { stage }),
    });
    const message = `${title}: a decision is needed by ${this.due()}.`;
    this.notices.add({ class: 'approval_required', to: this.askable(), message, item: this.item() });
  }

  /** What came as a decision and cannot be read as one. */
  refuseUnread(message: string): DecisionAnswer {
    return this.refuse({ outcome: 'Invalid', status: this.state.status, message }, undefined);
  }

  /** What cannot count, whoever decided it; it moves nothing, not even time. */
  turnAway(refused: Refused, wire: DecisionWire): DecisionAnswer {
    return this.refuse({ ...refused, status: this.state.status }, wire);
  }

  /** Judges one decision as of its arrival, and tells what became of it. */
  async decide(wire: DecisionWire, verified: Verified, arrivedAtMs: number): Promise<DecisionAnswer> {
    const { proof } = wire;
    const { genuine } = verified;
    const answered = this.spent.answerTo(proof);
    if (answered !== undefined) return answered;
    if (genuine !== undefined && this.spent.mayBeForgotten(genuine) && !this.hasAccepted(wire, verified)) {
      return this.refuseUnproven(wire, OUTDATED, arrivedAtMs);
    }
    const answer = verified.ok
      ? await this.judge(wire, verified, arrivedAtMs)
      : this.refuseUnproven(wire, verified, arrivedAtMs);
    if (answer.outcome !== 'accepted' && proof !== undefined && genuine !== undefined) {
      this.spent.spend(proof, genuine, answer);
    }
    return answer;
  }

  /** Another request is to take the place of this one, which is open. */
  supersede({ by, requestId }: Supersession, nowMs: number): void {
    this.note('approval.superseded', { supersededBy: requestId, by });
    this.advanceTo(supersede(this.state, nowMs));
  }

  cancel(nowMs: number): void {
    this.advanceTo(cancel(this.state, nowMs));
  }

  /** Whether time alone ends it, by then. */
  endsBy(nowMs: number): boolean {
    return !isEnded(this.state) && isEnded(passTime(this.state, nowMs));
  }

  /** What time alone brings: levels, the deadline, reminders. */
  passTime(nowMs: number): void {
    this.advanceTo(passTime(this.state, nowMs));
    const reminder = this.nextReminderMs();
    if (reminder === undefined || reminder > nowMs) return;
    this.remindedAtMs = nowMs;
    const message = `${this.facts.request.title}: your decision is still needed by ${this.due()}.`;
    this.notices.add({ class: 'approval_reminder', to: undecided(this.state), message, item: this.item() });
  }

  nextReminderMs(): number | undefined {
    return nextReminderMs(this.state, this.facts.request.reminders, this.remindedAtMs);
  }

  /** Whether something is to be recorded or told. */
  pending(): boolean {
    return this.recorder.pending() || this.notices.pending();
  }

  /** Once what has happened is in the ledger. */
  recorded(): Promise<void> {
    return this.recorder.flush();
  }

  /** Records what has happened, then tells of it. */
  async flush(): Promise<void> {
    await this.recorder.flush();
    // What happened is told, whatever happens next.
    await CancellationScope.nonCancellable(() => this.notices.raise());
  }

  /** What the timer in force will do, for Temporal's own UI. */
  whatTimeBrings(): string {
    return `deadline ${this.due()}: ${dueAtDeadline(this.state)}`;
  }

  item(state: ApprovalState = this.state): InboxItem {
    const item = itemOf(this.facts, state);
    if (this.nonDelegable === undefined) return item;
    const { nonDelegable: _before, ...context } = item.context;
    return {
      ...item,
      context: this.nonDelegable.length === 0 ? context : { ...context, nonDelegable: [...this.nonDelegable] },
    };
  }

  private hasAccepted(wire: DecisionWire, verified: Verified): boolean {
    const { decisionId = wire.decisionId } = verified.ok ? verified : {};
    return this.state.accepted.some(({ decision }) => decision.decisionId === decisionId);
  }

  private refuseUnproven(
    wire: DecisionWire,
    { outcome, message }: Extract<Verified, { ok: false }>,
    arrivedAtMs: number,
  ): DecisionAnswer {
    this.advanceTo(passTime(this.state, arrivedAtMs));
    return this.refuse({ outcome, status: this.state.status, message }, wire);
  }

  private async judge(
    wire: DecisionWire,
    verified: Extract<Verified, { ok: true }>,
    arrivedAtMs: number,
  ): Promise<DecisionAnswer> {
    const { proof: _proof, by: _said, ...said } = wire;
    const decisionId = verified.decisionId ?? said.decisionId;
    const digest = verified.digest ?? said.digest;
    const before = this.state;
    const message = completeDecision(before, {
      ...said,
      by: verified.by,
      ...(decisionId === undefined ? {} : { decisionId }),
      ...(digest === undefined ? {} : { digest }),
    });
    const attestedAtMs = Math.min(attested(verified) ?? arrivedAtMs, arrivedAtMs);
    let { state, answer } = decide(before, message, arrivedAtMs, { attestedAtMs });
    const tooMuch = answer.outcome === 'accepted' && answer.duplicate !== true ? this.tooMuchIn(said) : undefined;
    if (tooMuch !== undefined) {
      const message = `${tooMuch}; or have the request issued anew`;
      return this.refuse({ outcome: 'Invalid', status: before.status, message }, { ...wire, by: verified.by });
    }
    let admitted: EditAdmission | undefined;
    if (answer.outcome === 'accepted' && state.digest !== before.digest) {
      const admission = await admissionOf(state.action);
      admitted = admission;
      ({ state, answer } = decide(before, message, arrivedAtMs, { attestedAtMs, admit: () => admission }));
    }
    if (answer.outcome !== 'accepted') {
      this.advanceTo(state);
      return this.refuse(answer, { ...wire, by: verified.by });
    }
    if (answer.duplicate !== true) this.accept(before, state, wire, verified.provenBy, admitted);
    this.advanceTo(state);
    return toAnswer(answer, this.state);
  }

  private accept(
    before: ApprovalState,
    after: ApprovalState,
    { verdict, edits }: DecisionWire,
    provenBy: ProvenBy,
    admitted: EditAdmission | undefined,
  ): void {
    const vote = (verdict === 'approve' ? after.approvals : after.rejections).at(-1);
    if (vote === undefined) return;
    const edited = after.digest !== before.digest;
    if (edited) {
      this.nonDelegable = admitted?.ok === true ? admitted.nonDelegable : undefined;
      const changed = { from: before.digest, to: after.digest, edits: edits ?? {}, action: after.action };
      this.note('approval.edited', { by: vote.by, ...changed });
    }
    this.note('approval.decision', {
      by: vote.by,
      verdict,
      digest: after.digest,
      decisionId: vote.decisionId,
      provenBy: { ...provenBy },
      ...(vote.reason === undefined ? {} : { reason: vote.reason }),
      ...(vote.group === undefined ? {} : { group: vote.group }),
      ...(after.digests.length === 1 ? {} : { digests: [...after.digests] }),
    });
    if (!edited || isEnded(after)) return;
    const message = `${this.facts.request.title}: ${vote.by} has changed what is asked about; votes count anew.`;
    this.notices.add({ class: 'approval_edited', to: undecided(after), message, item: this.item(after) });
  }

  /** What was decided goes along into each new history, and the server takes no message of more than 2 MiB. */
  private tooMuchIn({ edits, reason = '' }: Pick<DecisionWire, 'edits' | 'reason'>): string | undefined {
    if (edits === undefined && reason.length <= SHORT_REASON) return undefined;
    const kept = new TextEncoder().encode(JSON.stringify([this.state.accepted, edits, reason])).length;
    if (kept <= MAX_DECIDED) return undefined;
    const full = `all that was decided would have ${kept} bytes, ${MAX_DECIDED} are the most`;
    return edits === undefined ? `reason: ${full}; say it in ${SHORT_REASON} characters` : `edits: ${full}; edit less`;
  }

  private refuse(answer: Answer, wire: DecisionWire | undefined): DecisionAnswer {
    this.refused += 1;
    if (this.refused <= MAX_RECORDED_REFUSALS) {
      this.note('approval.refused', {
        outcome: answer.outcome,
        ...(answer.outcome === 'accepted' ? {} : { message: answer.message }),
        ...(wire?.by === undefined ? {} : { by: wire.by }),
        ...(wire === undefined ? {} : { verdict: wire.verdict }),
      });
    }
    return toAnswer(answer, this.state);
  }

  private advanceTo(next: ApprovalState): void {
    const before = this.state;
    if (isEnded(before)) return;
    this.state = next;
    showChange(before, next, this.item());
    if (next.level !== before.level) this.escalated(before, next);
    if (next.status === 'suspended' && before.status !== 'suspended') this.suspended();
    if (isEnded(next)) this.ended();
  }

  private escalated(before: ApprovalState, { level }: ApprovalState): void {
    this.note('approval.escalated', { level, approvers: approverIds(this.state) });
    const known = new Set(approverIds(before));
    const added = this.askable().filter((id) => !known.has(id));
    const message = `${this.facts.request.title}: a decision is needed by ${this.due()}, after others have not given it.`;
    this.notices.add({ class: 'approval_escalated', to: added, message, item: this.item() });
  }

  private suspended(): void {
    this.note('approval.suspended', {});
    const message = `${this.facts.request.title}: overdue; what waits for it stands still until you decide.`;
    this.notices.add({ class: 'approval_reminder', to: undecided(this.state), message, item: this.item() });
  }

  private ended(): void {
    const { state } = this;
    const { title } = this.facts.request;
    this.note('approval.ended', {
      title,
      status: state.status,
      ...(state.default === undefined ? {} : { default: state.default }),
      digest: state.digest,
      ...(this.refused > MAX_RECORDED_REFUSALS ? { refusedMessages: this.refused } : {}),
    });
    const how = state.default === undefined ? state.status : `${state.status}(${state.default})`;
    this.notices.addEnd(`${title}: ${how}.`, this.item());
  }

  private askable(): string[] {
    return mayDecide(this.state).map(({ id }) => id);
  }

  private due(): string {
    return new Date(this.state.deadlineMs).toISOString();
  }

  private note(type: Parameters<Recorder['note']>[0], body: JsonObject): void {
    this.recorder.note(type, { requestId: this.facts.requestId, ...body });
  }
}

async function admissionOf(action: Action): Promise<EditAdmission> {
  try {
    return await CancellationScope.nonCancellable(() => steps.admitEdit({ action }));
  } catch (error) {
    log.warn('an edited action could not be admitted', { error: String(error) });
    return { ok: false, reason: 'it could not be looked at; decide again' };
  }
}

const OUTDATED = {
  ok: false,
  outcome: 'Invalid',
  message:
    'So many decisions with this token, or by this mail, were refused here that it cannot be told whether this one was; decide anew.',
} satisfies Verified;

function attested({ attestedAt }: Extract<Verified, { ok: true }>): number | undefined {
  return attestedAt === undefined ? undefined : Date.parse(attestedAt);
}

function toAnswer(answer: Answer, { default: applied }: ApprovalState): DecisionAnswer {
  const { outcome, status } = answer;
  const how = { outcome, status, ...(applied === undefined ? {} : { default: applied }) };
  if (answer.outcome === 'accepted') return { ...how, ...(answer.duplicate ? { duplicate: true } : {}) };
  return {
    ...how,
    message: answer.message,
    ...(answer.deadlineMs === undefined ? {} : { deadline: new Date(answer.deadlineMs).toISOString() }),
  };
}
