import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { DispatchOutcome } from '../src/contract/dispatch.ts';
import { dispatchWorkflowId } from '../src/contract/ids.ts';
import type { Claim } from '../src/store/claim.ts';
import type { Environment } from './environment.ts';
import type { Received } from './receiver.ts';
import { NOTHING } from './receiver.ts';

/** How the workflow of a draft stands; of several executions, the last. */
export type End =
  | { readonly kind: 'ended'; readonly outcome: Pick<DispatchOutcome, 'status'> }
  | { readonly kind: 'terminated' }
  | { readonly kind: 'stuck'; readonly why: string };

/** One draft as its workflow, its claim and its receiver tell of it. */
export interface DraftFacts {
  readonly draftId: string;
  readonly end: End;
  readonly claim: Pick<Claim, 'settlement'> | undefined;
  readonly received: Received;
}

// At once, so that thousands of drafts are read in seconds.
const CONCURRENCY = 16;
const ATTEMPTS = 3;

export async function gatherFacts(environment: Environment, draftIds: readonly string[]): Promise<DraftFacts[]> {
  const { store, receiver } = environment;
  const counts = await receiver.counts();
  const facts: DraftFacts[] = [];
  const left = [...draftIds];
  const gather = async (): Promise<void> => {
    for (let draftId = left.pop(); draftId !== undefined; draftId = left.pop()) {
      const end = await endOf(environment, draftId);
      const claim = await store.claims.get(draftId);
      facts.push({ draftId, end, claim, received: counts.get(draftId) ?? NOTHING });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, gather));
  return facts;
}

async function endOf({ client, calls }: Environment, draftId: string): Promise<End> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const end = await calls.attempt('read an end', () => readEnd(client, draftId));
    if (end !== undefined) return end;
  }
  return { kind: 'stuck', why: 'the server does not tell how its workflow stands' };
}

async function readEnd(client: Client, draftId: string): Promise<End> {
  const handle = client.workflow.getHandle(dispatchWorkflowId(draftId));
  try {
    const { status, type, raw } = await handle.describe();
    switch (status.name) {
      case 'COMPLETED':
        return { kind: 'ended', outcome: (await handle.result()) as DispatchOutcome };
      case 'TERMINATED':
        return { kind: 'terminated' };
      default: {
        const pending = (raw.pendingActivities ?? []).map(({ activityType, attempt, lastFailure, paused }) =>
          [activityType?.name, `attempt ${attempt}`, paused === true ? 'paused' : '', lastFailure?.message ?? ''].join(
            ' ',
          ),
        );
        return { kind: 'stuck', why: `${type} is ${status.name}; pending: ${pending.join('; ') || 'nothing'}` };
      }
    }
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { kind: 'stuck', why: 'the server does not know its workflow' };
    throw error;
  }
}
