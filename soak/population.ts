import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMandate } from '../src/client.ts';
import { dispatchWorkflowId } from '../src/contract/ids.ts';
import { planDraft } from './drafts.ts';
import type { Environment } from './environment.ts';
import { decide } from './people.ts';
import type { Random } from './random.ts';

/** The drafts of a soak: ever new ones, so many open at a time. */
export interface Population {
  /** Those whose dispatch the server has confirmed, oldest first. */
  readonly ids: readonly string[];
  readonly open: ReadonlySet<string>;
  /** It was disturbed, so that it may be open again. */
  reopen(draftId: string): void;
  /** Begins no more, and waits for what people were about to say. */
  end(): Promise<void>;
}

const LOOK_MS = 500;

export function startPopulation(
  environment: Environment,
  { size, seed, random }: { readonly size: number; readonly seed: string; readonly random: Random },
): Population {
  const { client, calls, receiver, deadUrl } = environment;
  const mandate = createMandate(client);
  const ids: string[] = [];
  const open = new Set<string>();
  const deciding = new Set<Promise<void>>();
  const leaving = new AbortController();
  // Everybody who is about to decide listens.
  setMaxListeners(0, leaving.signal);

  const begin = async (): Promise<void> => {
    const { request, people } = planDraft(random, seed, { url: receiver.url, deadUrl });
    // The same id again is the same draft: begun once, however often the answer was lost.
    while ((await calls.attempt('start a dispatch', () => mandate.dispatch(request))) === undefined) await sleep(200);
    ids.push(request.draftId);
    open.add(request.draftId);
    if (request.approval === 'none') return;
    const decided = decide(environment, request, people, leaving.signal).finally(() => deciding.delete(decided));
    deciding.add(decided);
  };
  const replenish = async (): Promise<void> => {
    while (!leaving.signal.aborted) {
      if (open.size < size) await begin();
      await sleep(random.int(10, 150));
    }
  };
  const look = async (): Promise<void> => {
    while (!leaving.signal.aborted) {
      for (const draftId of open) {
        if (leaving.signal.aborted) return;
        const seen = await calls.attempt('look at a dispatch', () =>
          client.workflow.getHandle(dispatchWorkflowId(draftId)).describe(),
        );
        if (seen !== undefined && seen.status.name !== 'RUNNING') open.delete(draftId);
      }
      await sleep(LOOK_MS);
    }
  };
  const living = [replenish(), look()];
  return {
    ids,
    open,
    reopen: (draftId) => open.add(draftId),
    async end() {
      leaving.abort();
      await Promise.all([...living, ...deciding]);
    },
  };
}
