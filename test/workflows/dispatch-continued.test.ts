import { expect, inject, it } from 'vitest';
import type { dispatch } from '../../src/workflows/dispatch.ts';
import { dispatchStateQuery } from '../../src/workflows/messages.ts';
import { aDispatch, dispatchApproved } from '../support/dispatches.ts';
import { startImpatientServer } from '../support/impatient-server.ts';
import { openMandate } from '../support/open-mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

// In production 4,096 events; there the same takes days.
const SUGGESTED_AT = 35;

it('a draft that waits long goes on in a new history, with its approval, its signature and its life', async () => {
  const server = await startImpatientServer(inject('temporalBinary'), SUGGESTED_AT);
  const receiver = await startReceiver();
  const where = { address: server.address, namespace: 'default', bundle: inject('workflowBundle') };
  const mandate = await openMandate(where, { env: receiver.env });
  try {
    const { executors } = mandate.store;
    await executors.pause({ by: 'olga', reason: 'looking', time: new Date().toISOString() }, []);
    const request = aDispatch(`${receiver.url}/ok`);
    const first = await dispatchApproved(mandate.client, request);
    const { runId } = await first.describe();

    const current = mandate.client.workflow.getHandle<typeof dispatch>(first.workflowId);
    await until('a new history', async () => (await current.describe()).runId !== runId, 90);
    const waiting = await until('it waiting there', async () => {
      const outcome = await current.query(dispatchStateQuery);
      return outcome.deferred !== undefined && outcome;
    });
    await executors.resume([]);
    const outcome = await current.result();

    expect(waiting).toMatchObject({ status: 'approved', requestId: request.draftId, deferred: { result: 'frozen' } });
    expect(outcome).toMatchObject({ status: 'completed', requestId: request.draftId });
    expect(receiver.count(request.draftId)).toBe(1);
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
});
