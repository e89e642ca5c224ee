import type { DispatchRequest } from '../../../src/contract/dispatch.ts';
import type { Store } from '../../../src/store/open.ts';
import { startSweep } from '../../../src/sweep.ts';
import { dispatchStateQuery } from '../../../src/workflows/messages.ts';
import { aDispatch, approve, becomes, reconcile, requestOf, startDispatch } from '../dispatches.ts';
import type { DispatchHandle } from '../dispatches.ts';
import { until } from '../until.ts';
import type { Path, Surroundings } from './path.ts';

function path(
  where: string,
  overrides: Partial<DispatchRequest>,
  act: (handle: DispatchHandle, surroundings: Surroundings) => Promise<unknown>,
): Path {
  return async (surroundings) => {
    const { mandate, receiver } = surroundings;
    const request = aDispatch(`${receiver.url}${where}`, overrides);
    await mandate.store.items.open({ run: request.run, item: 'one', title: 'one', time: new Date().toISOString() });
    const handle = await startDispatch(mandate.client, request);
    await act(handle, surroundings);
    await handle.result();
    return [handle];
  };
}

const yes = (handle: DispatchHandle, { mandate }: Surroundings): Promise<void> => approve(mandate.client, handle);
const nothing = (): Promise<void> => Promise.resolve();
const NONE = { approval: 'none' } as const;
const ITEM = { action: { kind: 'ledger_done', target: { item: 'one' }, payload: {} } };

async function pause({ mandate }: Surroundings): Promise<void> {
  const time = new Date().toISOString();
  await mandate.store.executors.pause({ by: 'olga', reason: 'looking', time }, []);
}

async function resume({ mandate }: Surroundings): Promise<void> {
  await mandate.store.executors.resume([]);
}

function deferred(handle: DispatchHandle): Promise<unknown> {
  return until('it being deferred', async () => (await handle.query(dispatchStateQuery)).deferred);
}

function fail(trouble: unknown): never {
  throw trouble;
}

/** The next call of one of the claims' methods fails, as when the database goes away at that moment. */
function failOnce(claims: Store['claims'], method: 'claim' | 'settle'): void {
  const { [method]: whole } = claims;
  Object.assign(claims, {
    [method]: () => {
      Object.assign(claims, { [method]: whole });
      return Promise.reject(new Error('the database went away'));
    },
  });
}

export const DISPATCHES: Record<string, Path> = {
  'dispatch-completed': path('/ok', {}, yes),
  'dispatch-edited': path(
    '/ok',
    { approval: { approvers: [{ id: 'ana' }], editable: ['body'] } },
    async (handle, { mandate }) => {
      const approval = mandate.client.workflow.getHandle(`approval/${await requestOf(handle)}`);
      await approval.signal('approve', { by: 'ana', edits: { body: 'Ship it on Tuesday.' } });
    },
  ),
  'dispatch-without-people': path('/ok', NONE, nothing),
  'dispatch-refused-by-receiver': path('/answer/422', NONE, nothing),
  'dispatch-reconciled-happened': path('/answer/500', NONE, async (handle) => {
    await becomes(handle, 'needs_reconciliation');
    await reconcile(handle, 'perhaps');
    await reconcile(handle, 'happened', { url: 'https://example.org/it' });
  }),
  'dispatch-reconciled-did-not-happen': path('/hang', { ...NONE, timeoutSeconds: 1 }, async (handle) => {
    await becomes(handle, 'needs_reconciliation');
    await reconcile(handle, 'did_not_happen');
  }),
  'dispatch-reconciled-after-a-look': path('/cut', NONE, async (handle) => {
    await becomes(handle, 'needs_reconciliation');
    // The first look comes after two seconds.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await reconcile(handle, 'happened');
  }),
  'dispatch-found-by-witness': async (surroundings) => {
    failOnce(surroundings.mandate.store.claims, 'settle');
    return path('', { ...NONE, ...ITEM }, nothing)(surroundings);
  },
  'dispatch-taken-up-again': async (surroundings) => {
    failOnce(surroundings.mandate.store.claims, 'claim');
    return path('/ok', NONE, nothing)(surroundings);
  },
  'dispatch-non-delegable': path('/ok', { ...NONE, declared: ['venture_kill'] }, nothing),
  'dispatch-frozen': async (surroundings) => {
    await pause(surroundings);
    return path('/ok', NONE, async (handle) => {
      await deferred(handle);
      await resume(surroundings);
    })(surroundings);
  },
  'dispatch-cancelled-while-frozen': async (surroundings) => {
    await pause(surroundings);
    const recorded = await path('/ok', NONE, async (handle) => {
      await deferred(handle);
      await handle.cancel();
    })(surroundings);
    await resume(surroundings);
    return recorded;
  },
  'dispatch-continued': async (surroundings) => {
    await pause(surroundings);
    return path('/ok', NONE, async (handle) => {
      const { runId } = await handle.describe();
      await until('a new history', async () => (await handle.describe()).runId !== runId, 120);
      await resume(surroundings);
    })(surroundings);
  },
  'dispatch-orphaned': async (surroundings) => {
    const { mandate, receiver } = surroundings;
    const handle = await startDispatch(mandate.client, aDispatch(`${receiver.url}/answer/500`, NONE));
    await becomes(handle, 'needs_reconciliation');
    await handle.terminate('an operator ended it');
    const { client, store } = mandate;
    const sweep = startSweep({ workflows: client.workflow, store, everyMs: 200, olderThanMs: 0, onTrouble: fail });
    await until('its reconciliation', async () => (await handle.describe()).status.name === 'RUNNING');
    await sweep.stop();
    const adopted = client.workflow.getHandle(handle.workflowId) as DispatchHandle;
    await becomes(adopted, 'needs_reconciliation');
    await reconcile(adopted, 'happened');
    await adopted.result();
    return [{ workflowId: handle.workflowId }];
  },
  'dispatch-rejected': path('/ok', {}, async (handle, { mandate }) => {
    const approval = mandate.client.workflow.getHandle(`approval/${await requestOf(handle)}`);
    await approval.signal('reject', { by: 'ana', reason: 'no' });
  }),
  'dispatch-expired-reject': path('/ok', { approval: { approvers: [{ id: 'ana' }], timeoutSeconds: 1 } }, nothing),
  'dispatch-expired-approve': path(
    '',
    { ...ITEM, approval: { approvers: [{ id: 'ana' }], timeoutSeconds: 1, onTimeout: 'approve' } },
    nothing,
  ),
  'dispatch-expired-while-asked': path(
    '/ok',
    { ttlSeconds: 2, approval: { approvers: [{ id: 'ana' }], timeoutSeconds: 1, onTimeout: 'suspend' } },
    nothing,
  ),
  'dispatch-expired-unsigned': async (surroundings) => {
    await surroundings.mandate.rest(['executor']);
    const recorded = await path('/ok', { ttlSeconds: 2 }, yes)(surroundings);
    await surroundings.mandate.work(['executor']);
    return recorded;
  },
  'dispatch-cancelled': path('/ok', {}, async (handle) => {
    await requestOf(handle);
    await handle.cancel();
  }),
  'dispatch-not-admitted': path('', { ...NONE, action: { kind: 'rm', target: {}, payload: {} } }, nothing),
  'dispatch-not-signed': path(
    '',
    { ...NONE, action: { kind: 'webhook', target: { url: 'https://example.org/' }, payload: { body: 1 } } },
    nothing,
  ),
  'dispatch-not-askable': path('/ok', { approval: { approvers: [{ id: 'gus' }] } }, nothing),
  'dispatch-lost-race': async ({ mandate, receiver }) => {
    const request = aDispatch(`${receiver.url}/ok`);
    const first = await startDispatch(mandate.client, request);
    await requestOf(first);
    const second = await startDispatch(mandate.client, request, `elsewhere/${request.draftId}`);
    await requestOf(second);
    await approve(mandate.client, first);
    await first.result();
    await approve(mandate.client, second);
    await second.result();
    return [second];
  },
};
