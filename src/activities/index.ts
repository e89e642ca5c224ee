// The door for a worker: the activities of each role.
export { createAgentActivities } from './agent-activities.ts';
export type { AgentActivities } from './agent-activities.ts';
export { createApprovalActivities } from './approval-activities.ts';
export type { ApprovalActivities } from './approval-activities.ts';
export { createExecutorActivities } from './executor-activities.ts';
export type { ExecutorActivities } from './executor-activities.ts';
export { createMandateActivities } from './mandate-activities.ts';
export type { MandateActivities } from './mandate-activities.ts';
export { createNotifyActivities } from './notify-activities.ts';
export type { NotifyActivities } from './notify-activities.ts';
export { createReplyActivities } from './reply-activities.ts';
export type { ReplyActivities } from './reply-activities.ts';
export { createWorkerActivities } from './worker-activities.ts';
export type { WorkerActivities } from './worker-activities.ts';
