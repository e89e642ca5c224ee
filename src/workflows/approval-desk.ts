import { upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { Supersession } from '../contract/approval-request.ts';
import type { ApprovalRequest, ApprovalResult, DecisionAnswer, InboxItem } from '../contract/approval-request.ts';
import type { readDecision } from '../contract/decision-wire.ts';
import { isTold, rowMemo } from '../contract/inbox-row.ts';
import type { DecisionRecord } from '../contract/run.ts';
import {
  cancel,
  completeDecision,
  decide,
  isBarred,
  isEnded,
  needs,
  passTime,
  supersede,
  votes,
} from '../policy/approval.ts';
import type { Answer, ApprovalState } from '../policy/approval.ts';
import { createRecorder } from './recorder.ts';
import type { Recorder } from './recorder.ts';
import { MandateApprovers, MandateDeadline, MandatePriority, MandateRun, MandateStatus } from './search-attributes.ts';
import { listedApprovers } from './server-limits.ts';

type Read = ReturnType<typeof readDecision>;

// Refused messages are recorded one by one up to here, then only counted, so that a flood cannot fill the ledger.
const MAX_RECORDED_REFUSALS = 200;

interface Since {
  readonly createdAtMs: number;
  readonly refused: number;
}

/** One request in its workflow: the reducer's state, what is to be recorded of it, and how it shows. */
export class ApprovalDesk {
  state: ApprovalState;
  refused: number;
  private readonly createdAtMs: number;
  private readonly recorder: Recorder;
  readonly requestId: string;
  private readonly request: ApprovalRequest;

  constructor(requestId: string, request: ApprovalRequest, state: ApprovalState, since: Since) {
    this.requestId = requestId;
    this.request = request;
    this.state = state;
    this.createdAtMs = since.createdAtMs;
    this.refused = since.refused;
    this.recorder = createRecorder(request.run ?? workflowInfo().workflowId, request.actingAgent ?? null);
  }

  opened(): void {
    const { title, priority, requester, rule, timeoutSeconds, onTimeout, context } = this.request;
    this.recorder.note('approval.requested', {
      requestId: this.requestId,
      title,
      action: this.state.action,
      digest: this.state.digest,
      requester,
      approvers: this.state.approvers.map(({ id, groups }) => ({ id, groups: [...groups] })),
      rule,
      timeoutSeconds,
      onTimeout,
      priority,
      context,
      ...(this.request.stage === undefined ? {} : { stage: this.request.stage }),
    });
  }

  /** Takes a decision that came as a signal: nobody waits for the answer, so a refusal is recorded with its reason. */
  receive(read: Read): void {
    this.decide(read);
  }

  decide(read: Read): DecisionAnswer {
    const wasEnded = isEnded(this.state);
    const message = read.ok ? completeDecision(this.state, read.wire) : undefined;
    const { state, answer } = decide(this.state, message, Date.now());
    this.advanceTo(state);
    const explained = read.ok ? answer : { ...answer, message: read.message };
    if (answer.outcome !== 'accepted') this.refuse(explained, read.ok ? read.wire : undefined);
    else if (answer.duplicate !== true && read.ok) this.accept(read.wire.verdict);
    if (!wasEnded && isEnded(this.state)) this.ended();
    return toAnswer(explained);
  }

  supersede(payload: unknown): void {
    const parsed = Supersession.safeParse(payload);
    if (!parsed.success) {
      this.refuse(
        { outcome: 'Invalid', status: this.state.status, message: 'supersede takes {by, requestId}' },
        undefined,
      );
      return;
    }
    if (isEnded(this.state)) return;
    this.recorder.note('approval.decision', {
      requestId: this.requestId,
      supersededBy: parsed.data.requestId,
      by: parsed.data.by,
    });
    this.advanceTo(supersede(this.state, Date.now()));
    if (isEnded(this.state)) this.ended();
  }

  cancel(): void {
    if (isEnded(this.state)) return;
    this.advanceTo(cancel(this.state, Date.now()));
    if (isEnded(this.state)) this.ended();
  }

  passTime(): void {
    if (isEnded(this.state)) return;
    this.advanceTo(passTime(this.state, Date.now()));
    if (isEnded(this.state)) this.ended();
  }

  /** True once more refusals came than a person could cause: the rest is turned away before it makes history. */
  flooded(): boolean {
    return this.refused >= 5 * MAX_RECORDED_REFUSALS;
  }

  pending(): boolean {
    return this.recorder.pending();
  }

  flush(): Promise<void> {
    return this.recorder.flush();
  }

  /** What the timer in force will do, for Temporal's own UI. */
  whatTimeBrings(): string {
    const { onTimeout } = this.request;
    const due = new Date(this.state.deadlineMs).toISOString();
    return `deadline ${due}: ${onTimeout}`;
  }

  item(): InboxItem {
    const { state, request } = this;
    return {
      requestId: this.requestId,
      ...(request.run === undefined ? {} : { runId: request.run }),
      ...(request.stage === undefined ? {} : { stage: request.stage }),
      title: request.title,
      kind: state.action.kind,
      action: state.action,
      context: request.context,
      digest: state.digest,
      priority: request.priority,
      ...(request.risk === undefined ? {} : { risk: request.risk }),
      irreversible: request.irreversible,
      requester: request.requester,
      approvers: approverIds(state),
      barred: approverIds(state).filter((id) => isBarred(state.terms, id)),
      groups: [...new Set(state.approvers.flatMap(({ groups }) => groups))],
      createdAt: new Date(this.createdAtMs).toISOString(),
      deadline: new Date(state.deadlineMs).toISOString(),
      onTimeout: request.onTimeout,
      needs: needs(state),
      votes: this.decisions(),
      status: state.status,
      overdue: state.status === 'suspended',
    };
  }

  result(): ApprovalResult {
    const { state } = this;
    return {
      requestId: this.requestId,
      status: state.status,
      ...(state.default === undefined ? {} : { default: state.default }),
      action: state.action,
      digest: state.digest,
      digests: state.digests,
      decisions: this.decisions(),
      endedAt: new Date(state.endedAtMs ?? Date.now()).toISOString(),
    };
  }

  /** Lists are made from search attributes and memo; whoever started this may have set them already, which saves events. */
  showInLists(): void {
    const { typedSearchAttributes, memo } = workflowInfo();
    const { request, state } = this;
    if (typedSearchAttributes.get(MandateDeadline) === undefined) {
      upsertSearchAttributes([
        { key: MandateStatus, value: state.status },
        { key: MandateApprovers, value: listedApprovers(state.approvers) },
        { key: MandatePriority, value: request.priority },
        { key: MandateDeadline, value: new Date(state.deadlineMs) },
        ...(request.run === undefined ? [] : [{ key: MandateRun, value: request.run }]),
      ]);
    }
    if (!isTold(memo, this.item())) upsertMemo(rowMemo(this.item()));
  }

  private accept(verdict: string): void {
    const standing = verdict === 'approve' ? this.state.approvals : this.state.rejections;
    const vote = standing.at(-1);
    if (vote === undefined) return;
    this.recorder.note('approval.decision', {
      requestId: this.requestId,
      by: vote.by,
      verdict,
      digest: this.state.digest,
      decisionId: vote.decisionId,
      ...(vote.reason === undefined ? {} : { reason: vote.reason }),
      ...(vote.group === undefined ? {} : { group: vote.group }),
      ...(this.state.digests.length === 1 ? {} : { digests: [...this.state.digests] }),
    });
  }

  private refuse(answer: Answer, wire: { readonly by?: string; readonly verdict: string } | undefined): void {
    this.refused += 1;
    if (this.refused > MAX_RECORDED_REFUSALS) return;
    this.recorder.note('approval.refused', {
      requestId: this.requestId,
      outcome: answer.outcome,
      ...(answer.outcome === 'accepted' ? {} : { message: answer.message }),
      ...(wire === undefined ? {} : { by: wire.by ?? null, verdict: wire.verdict }),
    });
  }

  private ended(): void {
    const { state } = this;
    this.recorder.note('approval.ended', {
      requestId: this.requestId,
      title: this.request.title,
      status: state.status,
      ...(state.default === undefined ? {} : { default: state.default }),
      digest: state.digest,
      ...(this.refused > MAX_RECORDED_REFUSALS ? { refusedMessages: this.refused } : {}),
    });
  }

  private advanceTo(next: ApprovalState): void {
    const before = this.state;
    this.state = next;
    if (next.level !== before.level) {
      this.recorder.note('approval.escalated', {
        requestId: this.requestId,
        level: next.level,
        approvers: approverIds(next),
      });
      upsertSearchAttributes([{ key: MandateApprovers, value: listedApprovers(next.approvers) }]);
    }
    if (next.deadlineMs !== before.deadlineMs) {
      upsertSearchAttributes([{ key: MandateDeadline, value: new Date(next.deadlineMs) }]);
    }
    if (next.status === 'suspended' && before.status !== 'suspended') {
      this.recorder.note('approval.suspended', { requestId: this.requestId });
      upsertSearchAttributes([{ key: MandateStatus, value: 'suspended' }]);
    }
    if (!isEnded(next) && !isTold(workflowInfo().memo, this.item())) upsertMemo(rowMemo(this.item()));
  }

  private decisions(): DecisionRecord[] {
    return votes(this.state).map(({ by, verdict, reason, group, atMs }) => ({
      by,
      verdict,
      at: new Date(atMs).toISOString(),
      ...(reason === undefined ? {} : { reason }),
      ...(group === undefined ? {} : { group }),
    }));
  }
}

function approverIds(state: ApprovalState): string[] {
  return state.approvers.map(({ id }) => id);
}

function toAnswer(answer: Answer): DecisionAnswer {
  const { outcome, status } = answer;
  if (answer.outcome === 'accepted') return { outcome, status, ...(answer.duplicate ? { duplicate: true } : {}) };
  return {
    outcome,
    status,
    message: answer.message,
    ...(answer.deadlineMs === undefined ? {} : { deadline: new Date(answer.deadlineMs).toISOString() }),
  };
}
