/** Workflow ids and ledger entry ids, in one place so that no call site spells them itself. */

const RUN = 'run/';
const APPROVAL = 'approval/';
const DISPATCH = 'dispatch/';

export function runWorkflowId(runId: string): string {
  return RUN + runId;
}

/** The run's id, from its workflow id; a workflow started under an id of its own choosing is its own run id. */
export function runIdOf(workflowId: string): string {
  return stripPrefix(workflowId, RUN);
}

export function agentWorkflowId(runId: string, stage: string): string {
  return `agent/${runId}/${stage}`;
}

export function approvalWorkflowId(requestId: string): string {
  return APPROVAL + requestId;
}

/** Whether a workflow's id is one that a request has. */
export function isRequest(workflowId: string): boolean {
  return workflowId.startsWith(APPROVAL);
}

export function requestIdOf(workflowId: string): string {
  return stripPrefix(workflowId, APPROVAL);
}

export function dispatchWorkflowId(draftId: string): string {
  return DISPATCH + draftId;
}

export function grantWorkflowId(mandateId: string): string {
  return `grant/${mandateId}`;
}

/** The ledger's run of a mandate: how it was asked for, granted and withdrawn. */
export function mandateRun(mandateId: string): string {
  return `mandate/${mandateId}`;
}

export function notificationWorkflowId(notificationId: string): string {
  return `notification/${notificationId}`;
}

/** Of what a person answered, by the id of its evidence. */
export function replyWorkflowId(evidenceId: string): string {
  return `reply/${evidenceId}`;
}

function stripPrefix(id: string, prefix: string): string {
  return id.startsWith(prefix) ? id.slice(prefix.length) : id;
}
