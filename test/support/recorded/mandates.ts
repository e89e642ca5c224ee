import { createMandate } from '../../../src/client.ts';
import type { StartedGrant } from '../../../src/client.ts';
import { dispatchStateQuery } from '../../../src/workflows/messages.ts';
import { aDispatch, approve, startDispatch } from '../dispatches.ts';
import { aMandate, grantIn, withdraw } from '../mandates.ts';
import { until } from '../until.ts';
import type { Path, Surroundings } from './path.ts';

/** A grant, and what people make of it. */
function grant(
  act: (requestId: string, surroundings: Surroundings, started: StartedGrant) => Promise<unknown>,
  approval: object = {},
): Path {
  return async (surroundings) => {
    const started = await createMandate(surroundings.mandate.client).grant({
      mandate: aMandate(),
      requester: 'gus',
      approval: { approvers: [{ id: 'ana' }], ...approval },
    });
    const requestId = await until('a request', async () => (await started.state()).requestId);
    await act(requestId, surroundings, started);
    await started.result();
    return [started];
  };
}

const decide =
  (verdict: 'approve' | 'reject') =>
  ({ mandate }: Surroundings, requestId: string): Promise<void> =>
    mandate.client.workflow.getHandle(`approval/${requestId}`).signal(verdict, { by: 'ana', reason: 'so be it' });

async function aGrantFor(agent: string, { mandate, receiver }: Surroundings): Promise<string> {
  const scope = { agents: [agent], targets: [{ url: `${receiver.url}/**` }] };
  return (await grantIn(mandate.store, aMandate({}, scope))).id;
}

export const MANDATES: Record<string, Path> = {
  'grant-granted': grant((requestId, surroundings) => decide('approve')(surroundings, requestId)),
  'grant-rejected': grant((requestId, surroundings) => decide('reject')(surroundings, requestId)),
  'grant-expired': grant(() => Promise.resolve(), { timeoutSeconds: 1 }),
  'grant-cancelled': grant((_requestId, { mandate }, { workflowId }) =>
    mandate.client.workflow.getHandle(workflowId).cancel(),
  ),
  'dispatch-under-mandate': async (surroundings) => {
    const { mandate, receiver } = surroundings;
    await aGrantFor('covered', surroundings);
    const handle = await startDispatch(mandate.client, aDispatch(`${receiver.url}/ok`, { agent: 'covered' }));
    await handle.result();
    return [handle];
  },
  'dispatch-not-covered-any-more': async (surroundings) => {
    const { mandate, receiver } = surroundings;
    const id = await aGrantFor('uncovered', surroundings);
    const time = new Date().toISOString();
    await mandate.store.executors.pause({ by: 'olga', reason: 'looking', time }, []);
    const handle = await startDispatch(mandate.client, aDispatch(`${receiver.url}/ok`, { agent: 'uncovered' }));
    await until('it being deferred', async () => (await handle.query(dispatchStateQuery)).deferred);
    await withdraw(mandate.store, id);
    await mandate.store.executors.resume([]);
    await approve(mandate.client, handle);
    await handle.result();
    return [handle];
  },
};
