import { CancellationScope, executeChild, isCancellation } from '@temporalio/workflow';
import { Proposal } from '../contract/agent.ts';
import type { AgentRunInput, ProposalAnswer } from '../contract/agent.ts';
import type { DispatchOutcome, DispatchRequest } from '../contract/dispatch.ts';
import { dispatchWorkflowId } from '../contract/ids.ts';
import { describeIssues } from '../contract/issues.ts';
import type { ActionRule } from '../contract/pipeline.ts';
import type { ViolationType } from '../policy/violation.ts';
import type { AgentRecord } from './agent-record.ts';
import type { dispatch } from './dispatch.ts';
import { MandateAgent, MandateRun } from './search-attributes.ts';
import { summary } from './server-limits.ts';

// An agent that proposes more than this in one stage is not working but flooding people.
const MAX_PROPOSALS = 200;

/**
 * What an agent proposes in its stage. Admission refuses: an action passes only when its kind has a rule, at the right
 * time in the lifecycle, with a plan. What passes is dispatched by a workflow of its own.
 */
export class Proposals {
  private readonly answers = new Map<string, ProposalAnswer>();
  private readonly open: Promise<void>[] = [];
  private readonly scope = new CancellationScope();
  private withdrawn = false;
  private readonly agent: AgentRecord;
  private readonly spec: AgentRunInput;
  private readonly on: { readonly revoke: (reason: string) => void; readonly cancelRun: () => void };

  constructor(agent: AgentRecord, spec: AgentRunInput, on: Proposals['on']) {
    this.agent = agent;
    this.spec = spec;
    this.on = on;
  }

  propose(payload: unknown): ProposalAnswer {
    const parsed = Proposal.safeParse(payload);
    if (!parsed.success) return { outcome: 'refused', reason: describeIssues(parsed.error, payload) };
    const proposal = parsed.data;
    const before = this.answers.get(proposal.proposalId);
    if (before !== undefined) return before;
    if (this.withdrawn) return { outcome: 'refused', reason: 'The agent has been stopped; nothing more is admitted.' };
    if (this.answers.size >= MAX_PROPOSALS) {
      return { outcome: 'refused', reason: `A stage takes at most ${MAX_PROPOSALS} proposals.` };
    }
    const answer = this.admit(proposal);
    this.answers.set(proposal.proposalId, answer);
    return answer;
  }

  /** Waits until every draft has ended; a draft whose outcome is unknown keeps its stage open until it is settled. */
  async settled(): Promise<void> {
    // Drafts may be added while the first ones are waited for.
    for (let seen = 0; seen < this.open.length;) {
      seen = this.open.length;
      await Promise.all(this.open);
    }
  }

  /** Withdraws what has not begun. What has begun goes on to its true outcome on its own. */
  withdraw(): void {
    this.withdrawn = true;
    this.scope.cancel();
  }

  private admit(proposal: Proposal): ProposalAnswer {
    const { action, draftId } = proposal;
    const rule = this.spec.stage.actions.find((each) => each.kind === action.kind);
    const fault = this.faultOf(proposal, rule);
    if (fault !== undefined || rule === undefined) {
      const [type, reason] = fault ?? ['FORBIDDEN_ACTION', 'No rule.'];
      const { response } = this.agent.violation(type, reason);
      this.agent.note('proposal.refused', { proposalId: proposal.proposalId, action, reason });
      void this.agent.flush();
      if (response === 'revoke') this.on.revoke(`${type}: ${reason}`);
      return { outcome: 'refused', violation: type, reason };
    }
    this.agent.note('proposal.accepted', { proposalId: proposal.proposalId, draftId, kind: action.kind });
    this.agent.proposed(draftId);
    this.open.push(this.scope.run(() => this.dispatch(proposal, rule)));
    return { outcome: 'accepted', draftId };
  }

  private faultOf(proposal: Proposal, rule: ActionRule | undefined): readonly [ViolationType, string] | undefined {
    const { phase } = this.agent;
    switch (phase) {
      case 'BOOTSTRAP':
      case 'PREFLIGHT':
        return ['RUN_WITHOUT_CHECK', `An effect was proposed in ${phase}, before the checks had passed.`];
      case 'PLAN':
        return ['APPLY_WITHOUT_PLAN', 'An effect was proposed before its plan was accepted.'];
      case 'EXECUTE':
        break;
      case 'VERIFY':
      case 'PACKAGE':
      case 'REPORT':
      case 'EXIT':
      case 'REVOKED':
        return ['PROCEDURE_VIOLATION', `An effect was proposed in ${phase}; effects belong to EXECUTE.`];
    }
    if (rule !== undefined) return undefined;
    const allowed = this.spec.stage.actions.map((each) => each.kind).join(', ') || 'none';
    return [
      'FORBIDDEN_ACTION',
      `The kind "${proposal.action.kind}" has no rule in stage "${this.spec.stage.name}"; allowed: ${allowed}.`,
    ];
  }

  private async dispatch(proposal: Proposal, rule: ActionRule): Promise<void> {
    const { runId, requester, stage } = this.spec;
    const { approval, ttlSeconds, timeoutSeconds } = rule;
    const request: DispatchRequest = {
      draftId: proposal.draftId,
      action: proposal.action,
      agent: stage.agent.id,
      run: runId,
      requester,
      stage: stage.name,
      approval,
      ttlSeconds,
      timeoutSeconds,
      ...(proposal.title === undefined ? {} : { title: proposal.title }),
      ...(proposal.reason === undefined ? {} : { reason: proposal.reason }),
      ...(proposal.declared === undefined ? {} : { declared: proposal.declared }),
    };
    try {
      const outcome = await executeDispatch(request);
      this.agent.dispatched(outcome);
      if (outcome.default === 'cancelRun') this.on.cancelRun();
    } catch (error) {
      if (isCancellation(error)) return;
      this.agent.note('message.refused', {
        draftId: proposal.draftId,
        reason: 'The dispatch failed or was terminated.',
      });
    }
  }
}

function executeDispatch(request: DispatchRequest): Promise<DispatchOutcome> {
  return executeChild<typeof dispatch>('dispatch', {
    workflowId: dispatchWorkflowId(request.draftId),
    args: [request],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    // A draft whose run is gone is withdrawn, unless it has begun: then it ends in its true outcome.
    parentClosePolicy: 'REQUEST_CANCEL',
    staticSummary: summary(request.title ?? request.action.kind),
    typedSearchAttributes: [
      { key: MandateRun, value: request.run },
      { key: MandateAgent, value: request.agent },
    ],
  });
}
