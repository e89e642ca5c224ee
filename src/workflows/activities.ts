import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';
import { ATTEMPT_MS, DEFAULT_RETRY } from '../policy/retry.ts';
import { TASK_QUEUES } from './task-queues.ts';
import type {
  AgentActivities,
  ApprovalActivities,
  ExecutorActivities,
  MandateActivities,
  NotifyActivities,
  ReplyActivities,
  WorkerActivities,
} from '../activities/index.ts';

// Every timeout and retry of the system stands in this file.

/**
 * Records go into the ledger by local activities: one event instead of six. They are idempotent on the entry's id and
 * tried until they succeed, because a run must not go on with a gap in its record.
 */
const RECORD = {
  startToCloseTimeout: '10 seconds',
  // Beyond this the wait becomes a timer in the history, so that a database that is down for hours holds no workflow task.
  localRetryThreshold: '8 seconds',
  retry: {
    initialInterval: '200 milliseconds',
    backoffCoefficient: 2,
    // Each try beyond the threshold is some six events: so a month without a database fits into a history.
    maximumInterval: '5 minutes',
    // A fact that could never verify would be tried for ever.
    nonRetryableErrorTypes: ['InvalidFact'],
  },
} satisfies LocalActivityOptions;

const record = proxyLocalActivities<WorkerActivities>(RECORD);
export const { append, openRun, admitDraft, drawRequestId, readClaim, withdraw } = record;

export const { reachFaults } = proxyLocalActivities<ApprovalActivities>(RECORD);

/**
 * What a request does beside taking decisions, each a step of its own in the history. A local activity that is under way
 * when messages come is replayed as if it had ended before them, and one in a task that the server refuses, because a
 * message came meanwhile, may keep a worker from ever taking the request up again. A request waits for these, however
 * long the store is away.
 */
export const steps = proxyActivities<
  Pick<WorkerActivities, 'append'> &
    Pick<ApprovalActivities, 'prepareRequest' | 'admitEdit'> &
    Pick<NotifyActivities, 'routeOf'>
>({ startToCloseTimeout: RECORD.startToCloseTimeout, retry: RECORD.retry, taskQueue: TASK_QUEUES.worker });

/** What stands in the store about mandates, and what people have granted: short, and needed before anything goes on. */
export const { findMandate, mandateApprovers, grantMandate } = proxyLocalActivities<MandateActivities>(RECORD);

/** Where a notification goes must be found out, however long it takes: else it would be lost. */
export const { routeOf } = proxyLocalActivities<NotifyActivities>(RECORD);

/** Reads, reports, packages and notifications: they may be repeated. */
const REPEATABLE = {
  startToCloseTimeout: ATTEMPT_MS,
  retry: {
    maximumAttempts: DEFAULT_RETRY.attempts,
    initialInterval: DEFAULT_RETRY.initialSeconds * 1_000,
    backoffCoefficient: DEFAULT_RETRY.factor,
    maximumInterval: DEFAULT_RETRY.maxSeconds * 1_000,
  },
} satisfies ActivityOptions;

export const reports = proxyActivities<WorkerActivities>({ ...REPEATABLE, taskQueue: TASK_QUEUES.worker });

/** One channel's delivery of a notification. Each attempt ends itself in time; the rest is for its entry in the log. */
export function notifier(channel: string): Pick<NotifyActivities, 'notify'> {
  return proxyActivities<NotifyActivities>({
    ...REPEATABLE,
    taskQueue: TASK_QUEUES.worker,
    startToCloseTimeout: ATTEMPT_MS + 15_000,
    summary: `over ${channel}`,
  });
}

/** Files of a stage; the same work again gives the same digests. */
export const files = proxyActivities<AgentActivities>({
  ...REPEATABLE,
  taskQueue: TASK_QUEUES.agents,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '60 seconds',
});

/** Checks run programs that the pipeline names: once, since they may take as long as they were given. */
export function checks(timeoutSeconds: number): Pick<AgentActivities, 'runChecks'> {
  return proxyActivities<AgentActivities>({
    taskQueue: TASK_QUEUES.agents,
    startToCloseTimeout: (timeoutSeconds + 30) * 1_000,
    heartbeatTimeout: '60 seconds',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { maximumAttempts: 3 },
  });
}

/** A turn of an agent. Heartbeats every few seconds carry cancellation to it; a turn is repeated only where its stage says so. */
export function agentTurn(timeoutSeconds: number, repeatable: boolean, summary: string): AgentActivities['agentTurn'] {
  const turn = proxyActivities<AgentActivities>({
    taskQueue: TASK_QUEUES.agents,
    // The activity ends the turn itself when its time is over; this is for a machine that vanished.
    startToCloseTimeout: (timeoutSeconds + 60) * 1_000,
    heartbeatTimeout: '60 seconds',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { maximumAttempts: repeatable ? 3 : 1 },
    summary,
  });
  return turn.agentTurn;
}

/**
 * Who has decided. No local activity: its beginning ends the workflow task, so that the moment at which the decision came
 * stands in the history before anything is made of it. A task that fails later, or whose worker dies, and is done again
 * after the deadline then judges the decision as it did before; and what comes meanwhile is taken up at once.
 */
export const { verifyDecisions } = proxyActivities<Pick<ApprovalActivities, 'verifyDecisions'>>({
  taskQueue: TASK_QUEUES.worker,
  startToCloseTimeout: '30 seconds',
  // A decision must not be lost; and nobody waits long for one that could be verified now.
  retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
  summary: 'who has decided',
});

// Who does it may be away for long; nothing is lost by waiting.
const PATIENT = {
  startToCloseTimeout: '60 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
} satisfies ActivityOptions;

/** A person's word about an unknown outcome is written down by the worker: no executor need be there for it. */
export const settlements = proxyActivities<Pick<WorkerActivities, 'settle'>>({
  ...PATIENT,
  taskQueue: TASK_QUEUES.worker,
});

/** What a person answered waits until it can be judged, and until the approval has answered. */
export const replies = proxyActivities<ReplyActivities>({ ...PATIENT, taskQueue: TASK_QUEUES.worker });

/** Telling a sender what became of it: worth a few attempts. */
export const answers = proxyActivities<Pick<ReplyActivities, 'answerSender'>>({
  ...REPEATABLE,
  taskQueue: TASK_QUEUES.worker,
});

/** Looks by a witness; its own attempts at the provider are bounded and logged within it. */
export const executor = proxyActivities<Pick<ExecutorActivities, 'lookUp'>>({
  ...PATIENT,
  taskQueue: TASK_QUEUES.executor,
  startToCloseTimeout: '5 minutes',
});

/** Signing waits no longer than the draft lives: one that expires unsigned has provably not been begun. */
export function signer(lifeMs: number): Pick<ExecutorActivities, 'sign'> {
  return proxyActivities<ExecutorActivities>({
    ...PATIENT,
    taskQueue: TASK_QUEUES.executor,
    scheduleToCloseTimeout: Math.max(lifeMs, 1),
  });
}

/**
 * The effect itself: one attempt, and no timeout makes a second one. The claim inside is what makes it at most once;
 * these options keep the server from ever trying. Schedule-to-start is what is left of the draft's life: when it
 * expires, the effect provably never began.
 */
export function effectOnce(
  timeoutSeconds: number,
  lifeMs: number,
  summary: string,
): Pick<ExecutorActivities, 'carryOut'> {
  return proxyActivities<ExecutorActivities>({
    taskQueue: TASK_QUEUES.executor,
    // The activity gives up its effect after timeoutSeconds; the rest is for judging it before and settling it after.
    startToCloseTimeout: (timeoutSeconds + 30) * 1_000,
    // It beats every 5 seconds: an executor that died is noticed long before a long effect would have timed out.
    heartbeatTimeout: '20 seconds',
    scheduleToStartTimeout: Math.max(lifeMs, 1),
    allowEagerDispatch: false,
    cancellationType: 'ABANDON',
    retry: {
      maximumAttempts: 1,
      nonRetryableErrorTypes: ['TemporalTimeout:StartToClose', 'TemporalTimeout:Heartbeat'],
    },
    summary,
  });
}
