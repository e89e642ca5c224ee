import { randomUUID } from 'node:crypto';
import proto from '@temporalio/proto';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { dispatchWorkflowId } from '../src/contract/ids.ts';
import type { Environment } from './environment.ts';
import type { Population } from './population.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';

const { ResetReapplyExcludeType } = proto.temporal.api.enums.v1;
const WITHOUT_MESSAGES = [
  ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL,
  ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE,
];

/** What the manual tells operators not to do. */
export interface Operator {
  /** Pauses an activity that is under way, and lets it go on after a while, perhaps as its first attempt again. */
  pause(): Promise<void>;
  /** Has an activity that is under way tried again, by its options or by a reset. */
  tamper(): Promise<void>;
  /** Resets a dispatch, open or ended, to any of its points, with or without the messages that came later. */
  reset(): Promise<void>;
  terminate(): Promise<void>;
  cancel(): Promise<void>;
  /** Lets everything go on that is paused. */
  unpauseAll(draftIds: Iterable<string>): Promise<void>;
}

interface Pending {
  readonly execution: { readonly workflowId: string; readonly runId: string };
  readonly id: string;
}

// How many dispatches are looked at for an activity that is under way.
const LOOKS = 8;

export function createOperator(
  { client, calls }: Environment,
  { population, random, tally }: { readonly population: Population; readonly random: Random; readonly tally: Tally },
): Operator {
  const { workflowService } = client;
  const { namespace } = client.options;

  // What was terminated while it asked people has lost its request for good: reset, it would wait for ever, and the
  // manual says so. Terminated later it may be reset, but the one cannot be told from the other here.
  const terminated = new Set<string>();

  async function describe(draftId: string): Promise<WorkflowExecutionDescription | undefined> {
    return calls.attempt('describe', () => client.workflow.getHandle(dispatchWorkflowId(draftId)).describe());
  }
  async function somePending(): Promise<Pending | undefined> {
    for (const draftId of random.shuffled([...population.open]).slice(0, LOOKS)) {
      const pending = pendingOf(await describe(draftId));
      if (pending[0] !== undefined) return pending[0];
    }
    return undefined;
  }
  async function unpause({ execution, id }: Pending, resetAttempts: boolean): Promise<void> {
    const request = { namespace, execution, identity: 'operator', id, resetAttempts };
    if ((await calls.attempt('unpause', () => workflowService.unpauseActivity(request))) !== undefined) {
      tally.count('unpauses');
    }
  }

  return {
    async pause() {
      const found = await somePending();
      if (found === undefined) return;
      const { execution, id } = found;
      const request = { namespace, execution, identity: 'operator', id, reason: 'the soak', requestId: randomUUID() };
      if ((await calls.attempt('pause', () => workflowService.pauseActivity(request))) === undefined) return;
      tally.count('pauses');
      const [afterMs, resetAttempts] = [random.int(200, 6_000), random.chance(0.5)];
      setTimeout(() => void unpause(found, resetAttempts), afterMs);
    },

    async tamper() {
      const found = await somePending();
      if (found === undefined) return;
      const { execution, id } = found;
      const base = { namespace, execution, identity: 'operator', id };
      const options = { retryPolicy: { maximumAttempts: 5 } };
      const more = { ...base, activityOptions: options, updateMask: { paths: ['retry_policy.maximum_attempts'] } };
      if ((await calls.attempt('update options', () => workflowService.updateActivityOptions(more))) !== undefined) {
        tally.count('retry policies raised');
      }
      if ((await calls.attempt('reset activity', () => workflowService.resetActivity(base))) !== undefined) {
        tally.count('activity resets');
      }
    },

    async reset() {
      const recent = population.ids.slice(-100);
      const draftId = random.chance(0.6) ? random.pick([...population.open]) : random.pick(recent);
      if (draftId === undefined || terminated.has(draftId)) return;
      const workflowId = dispatchWorkflowId(draftId);
      const history = await calls.attempt('history', () => client.workflow.getHandle(workflowId).fetchHistory());
      const points = (history?.events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
      const point = random.pick(points);
      const withMessages = random.chance(0.5);
      const latest = await describe(draftId);
      if (point === undefined || latest === undefined) return;
      const done = await calls.attempt('reset', () =>
        workflowService.resetWorkflowExecution({
          namespace,
          workflowExecution: { workflowId, runId: latest.runId },
          reason: 'the soak',
          workflowTaskFinishEventId: point.eventId as never,
          requestId: randomUUID(),
          resetReapplyExcludeTypes: withMessages ? [] : WITHOUT_MESSAGES,
        }),
      );
      if (done === undefined) return;
      tally.count(withMessages ? 'resets with messages' : 'resets without messages');
      population.reopen(draftId);
    },

    async terminate() {
      const draftId = random.pick([...population.open]);
      if (draftId === undefined) return;
      terminated.add(draftId);
      const done = await calls.attempt('terminate', () =>
        client.workflow.getHandle(dispatchWorkflowId(draftId)).terminate('the soak'),
      );
      if (done !== undefined) tally.count('terminations');
    },

    async cancel() {
      const draftId = random.pick([...population.open]);
      if (draftId === undefined) return;
      const handle = client.workflow.getHandle(dispatchWorkflowId(draftId));
      if ((await calls.attempt('cancel', () => handle.cancel())) !== undefined) tally.count('cancellations');
    },

    async unpauseAll(draftIds) {
      for (const draftId of draftIds) {
        for (const pending of pendingOf(await describe(draftId), true)) await unpause(pending, false);
      }
    },
  };
}

function pendingOf(described: WorkflowExecutionDescription | undefined, paused?: true): Pending[] {
  if (described?.status.name !== 'RUNNING') return [];
  const { workflowId, runId, raw } = described;
  return (raw.pendingActivities ?? [])
    .filter((activity) => paused === undefined || activity.paused === true)
    .map(({ activityId }) => ({ execution: { workflowId, runId }, id: activityId ?? '' }));
}
