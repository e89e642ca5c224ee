/** One task queue a role, so that each can run in a process, and on a machine, of its own. */
export const TASK_QUEUES = {
  worker: 'mandate',
  executor: 'mandate-effects',
  agents: 'mandate-agents',
} as const;
