import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AgentState, ProposalAnswer } from '../contract/agent.ts';
import type { DecisionAnswer, InboxItem } from '../contract/approval-request.ts';
import type { DispatchOutcome, ReconcileAnswer } from '../contract/dispatch.ts';
import type { GrantOutcome } from '../contract/grant.ts';
import type { RunState } from '../contract/run.ts';

// Arguments are `unknown` because any Temporal client may send anything: each handler reads them itself.

/** To an `approval`: `{by, reason?, digest?, decisionId?, group?, edits?}`, or just the person's id. */
export const approveSignal = defineSignal<[unknown]>('approve');
/** To an `approval`: the same; a rejection needs its reason. */
export const rejectSignal = defineSignal<[unknown]>('reject');
/** To an `approval`: `{by, requestId}`: another request takes its place. */
export const supersedeSignal = defineSignal<[unknown]>('supersede');
/** To an `approval`: the same fields as `approve` and `verdict`; answers what became of the decision. */
export const decideUpdate = defineUpdate<DecisionAnswer, [unknown]>('decide');
/** To an `approval`: the request as an inbox shows it. */
export const inboxItemQuery = defineQuery<InboxItem>('inboxItem');

/** To an `agentRun`, or to a `governedRun` for all its agents: `{by, reason}`. */
export const revokeSignal = defineSignal<[unknown]>('revoke');
/** To an `agentRun`: an action that its agent wants carried out. */
export const proposeUpdate = defineUpdate<ProposalAnswer, [unknown]>('propose');

/** To a `governedRun`: `{by, reason?}`: no further stage begins until everybody who paused has resumed. */
export const pauseSignal = defineSignal<[unknown]>('pause');
export const resumeSignal = defineSignal<[unknown]>('resume');

/** To a `dispatch` whose outcome is unknown: `{by, outcome: 'happened' | 'did_not_happen', url?, reason?}`. */
export const reconcileUpdate = defineUpdate<ReconcileAnswer, [unknown]>('reconcile');

/** To each workflow: how it stands. */
export const runStateQuery = defineQuery<RunState>('state');
export const agentStateQuery = defineQuery<AgentState>('state');
export const grantStateQuery = defineQuery<GrantOutcome>('state');
export const dispatchStateQuery = defineQuery<DispatchOutcome>('state');
