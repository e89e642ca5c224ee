// The door for a worker: every export is registered as a workflow, so nothing else may stand here.
export { agentRun } from './agent-run.ts';
export { approval } from './approval.ts';
export { dispatch } from './dispatch.ts';
export { governedRun } from './governed-run.ts';
export { grant } from './grant.ts';
export { notification } from './notification.ts';
export { reconciliation } from './reconciliation.ts';
export { reply } from './reply.ts';
