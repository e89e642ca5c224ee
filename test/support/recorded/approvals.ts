import type { ApprovalRequestInput } from '../../../src/contract/approval-request.ts';
import { proveDecision } from '../../../src/prove-decision.ts';
import { decideUpdate, inboxItemQuery, supersedeSignal } from '../../../src/workflows/messages.ts';
import { ask, signalRaw } from '../ask.ts';
import type { Mandate } from '../open-mandate.ts';
import { tokenFor } from '../tokens.ts';
import { until } from '../until.ts';
import type { Path } from './path.ts';

type Handle = Awaited<ReturnType<typeof ask>>;

function path(
  overrides: Partial<ApprovalRequestInput>,
  act: (handle: Handle, mandate: Mandate) => Promise<unknown>,
): Path {
  return async ({ mandate }) => {
    const handle = await ask(mandate.client, overrides);
    await handle.query(inboxItemQuery);
    await act(handle, mandate);
    await handle.result();
    return [handle];
  };
}

const overdue = (handle: Handle): Promise<boolean> =>
  until('it is overdue', async () => (await handle.query(inboxItemQuery)).overdue);

const nothing = (): Promise<void> => Promise.resolve();

export const APPROVALS: Record<string, Path> = {
  'approval-approved': path({}, (handle) => handle.signal('approve', 'ana')),
  'approval-rejected': path({}, (handle) => handle.signal('reject', { by: 'ana', reason: 'no' })),
  'approval-expired-reject': path({ timeoutSeconds: 1 }, nothing),
  'approval-expired-approve': path({ timeoutSeconds: 1, onTimeout: 'approve' }, nothing),
  'approval-expired-cancel-run': path({ timeoutSeconds: 1, onTimeout: 'cancelRun' }, nothing),
  'approval-cancelled': path({}, (handle) => handle.cancel()),
  'approval-superseded': path({}, (handle) => handle.signal(supersedeSignal, { by: 'gus', requestId: 'another' })),
  'approval-escalated': path(
    { timeoutSeconds: 1, onTimeout: 'escalate', escalation: [{ afterSeconds: 60, to: [{ id: 'zoe' }] }] },
    async (handle) => {
      await until('zoe is asked', async () => (await handle.query(inboxItemQuery)).approvers.includes('zoe'));
      await handle.signal('approve', 'zoe');
    },
  ),
  'approval-suspended': path({ timeoutSeconds: 1, onTimeout: 'suspend', run: 'gone' }, async (handle) => {
    await overdue(handle);
    await handle.signal('approve', 'ana');
  }),
  'approval-edited': path({ editable: ['text'], rule: { quorum: 2 } }, async (handle) => {
    await handle.signal('approve', 'ana');
    await handle.executeUpdate(decideUpdate, { args: [{ by: 'ben', verdict: 'approve', edits: { text: 'Later.' } }] });
    const { digest } = await handle.query(inboxItemQuery);
    await handle.signal('approve', { by: 'ana', digest });
  }),
  'approval-of-refused-messages': path({}, async (handle, { client }) => {
    await handle.signal('approve', 42);
    await handle.signal('approve', 'mallory');
    await handle.signal('__temporal_x', 'ana');
    await signalRaw(client, handle.workflowId, 'reject', [{ data: new TextEncoder().encode('?') }]);
    await handle.executeUpdate(decideUpdate, { args: [{ by: 'gus', verdict: 'approve' }] });
    await handle.signal('approve', 'ana');
  }),
  'approval-told': path({ channels: ['ops'], timeoutSeconds: 4, reminders: [0.25], rule: { quorum: 2 } }, (handle) =>
    handle.signal('approve', 'ana'),
  ),
  'approval-of-a-group': async ({ mandate }) => {
    const by = { by: 'recorder', time: new Date().toISOString() };
    await mandate.store.principals.add({ id: 'olga', kind: 'person', groups: ['owners'], email: null }, by);
    const handle = await ask(mandate.client, { approvers: [{ group: 'owners' }] });
    await handle.signal('approve', 'olga');
    await handle.result();
    return [handle];
  },
  'approval-edit-not-admitted': path(
    { editable: ['url'], action: { kind: 'webhook', target: { url: 'https://team.example/' }, payload: { body: {} } } },
    async (handle) => {
      const edits = { url: 'https://elsewhere.example/' };
      await handle.executeUpdate(decideUpdate, { args: [{ by: 'ana', verdict: 'approve', edits }] });
      await handle.signal('approve', 'ana');
    },
  ),
  'approval-proven': async ({ mandate }) => {
    const handle = await ask(mandate.client);
    const { requestId, digest } = await handle.query(inboxItemQuery);
    const token = await tokenFor(mandate.store, 'ana');
    const decision = { verdict: 'approve', digest, decisionId: 'recorded' } as const;
    const { verdict: _verdict, ...payload } = proveDecision(token, requestId, decision);
    await handle.signal('approve', payload);
    await handle.result();
    return [handle];
  },
  'approval-decided-early': async ({ mandate }) => {
    await mandate.rest(['worker']);
    const handle = await ask(mandate.client);
    await handle.signal('__temporal_x', 'ana');
    await handle.signal('reject', { by: 'ana', reason: 'no' });
    await handle.signal('approve', 'ben');
    await mandate.work(['worker']);
    await handle.result();
    return [handle];
  },
  'approval-decided-too-late': async ({ mandate }) => {
    const handle = await ask(mandate.client, { timeoutSeconds: 2 });
    const { deadline } = await handle.query(inboxItemQuery);
    await mandate.rest(['worker']);
    await until('the deadline', () => Date.now() > Date.parse(deadline));
    await handle.signal('approve', 'ana');
    await mandate.work(['worker']);
    await handle.result();
    return [handle];
  },
  'approval-continued': async ({ mandate, continuesAt }) => {
    const handle = await ask(mandate.client);
    await handle.query(inboxItemQuery);
    const { runId } = await handle.describe();
    const current = mandate.client.workflow.getHandle(handle.workflowId);
    for (let sent = 0; sent <= continuesAt; sent++) await current.signal('approve', sent);
    await until('a new history', async () => (await current.describe()).runId !== runId);
    await current.signal('approve', 'ana');
    await current.result();
    return [
      { workflowId: handle.workflowId, runId },
      { workflowId: handle.workflowId, runId: (await current.describe()).runId },
    ];
  },
};
