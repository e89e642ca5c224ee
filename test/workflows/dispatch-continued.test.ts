import { expect, inject, it } from 'vitest';
import { canonicalize, digestOf } from '../../src/contract/canonical.ts';
import type { DispatchRequest } from '../../src/contract/dispatch.ts';
import type { dispatch } from '../../src/workflows/dispatch.ts';
import { dispatchStateQuery } from '../../src/workflows/messages.ts';
import { aDispatch, dispatchApproved, requestOf, startDispatch } from '../support/dispatches.ts';
import { startImpatientServer } from '../support/impatient-server.ts';
import { aMandate, grantIn } from '../support/mandates.ts';
import { openMandate } from '../support/open-mandate.ts';
import type { Mandate } from '../support/open-mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

// In production 4,096 events; there the same takes days.
const SUGGESTED_AT = 35;

const BODY = 'Ship it on Tuesday.';

const WAYS = {
  'its approval': async ({ client }: Mandate, request: DispatchRequest) => dispatchApproved(client, request),
  'what an approver made of it': async ({ client }: Mandate, request: DispatchRequest) => {
    const handle = await startDispatch(client, request);
    const approval = client.workflow.getHandle(`approval/${await requestOf(handle)}`);
    await approval.signal('approve', { by: 'ana', edits: { body: BODY } });
    return handle;
  },
  'its mandate': async ({ client, store }: Mandate, request: DispatchRequest) => {
    const target = request.action.target as { url: string };
    await grantIn(store, aMandate({ id: request.draftId }, { targets: [target] }));
    return startDispatch(client, request);
  },
};

it.each(Object.entries(WAYS))(
  'a draft that waits long goes on in a new history, with %s, its signature and its life',
  async (way, begin) => {
    const server = await startImpatientServer(inject('temporalBinary'), SUGGESTED_AT);
    const receiver = await startReceiver();
    const where = { address: server.address, namespace: 'default', bundle: inject('workflowBundle') };
    const mandate = await openMandate(where, { env: receiver.env });
    try {
      const { executors } = mandate.store;
      await executors.pause({ by: 'olga', reason: 'looking', time: new Date().toISOString() }, []);
      const request = aDispatch(`${receiver.url}/ok`, { approval: { approvers: [{ id: 'ana' }], editable: ['body'] } });
      const first = await begin(mandate, request);
      const { runId } = await first.describe();

      const current = mandate.client.workflow.getHandle<typeof dispatch>(first.workflowId);
      await until('a new history', async () => (await current.describe()).runId !== runId, 90);
      const waiting = await until('it waiting there', async () => {
        const outcome = await current.query(dispatchStateQuery);
        return outcome.deferred !== undefined && outcome;
      });
      await executors.resume([]);
      const outcome = await current.result();

      const body = way === 'what an approver made of it' ? BODY : request.action.payload['body'];
      const digest = digestOf({ ...request.action, payload: { body } });
      const through = way === 'its mandate' ? { mandate: request.draftId } : { requestId: request.draftId };
      expect(waiting).toMatchObject({ status: 'approved', digest, ...through, deferred: { result: 'frozen' } });
      expect(outcome).toMatchObject({ status: 'completed', digest, ...through });
      expect(receiver.bodies(request.draftId)).toEqual([canonicalize(body)]);
      const types = await mandate.recorded(request.run);
      expect(types.filter((type) => ['draft.created', 'draft.signed', 'effect.claimed'].includes(type))).toEqual([
        'draft.created',
        'draft.signed',
        'effect.claimed',
      ]);
      expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
    } finally {
      await mandate.stop();
      await receiver.close();
      await server.stop();
    }
  },
);
