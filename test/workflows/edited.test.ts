import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMandate } from '../../src/client.ts';
import { canonicalize, digestOf } from '../../src/contract/canonical.ts';
import type { DispatchRequest } from '../../src/contract/dispatch.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import { buildReport } from '../../src/policy/report.ts';
import { startSweep } from '../../src/sweep.ts';
import { dispatchStateQuery } from '../../src/workflows/messages.ts';
import { aDispatch, approve, becomes, reconcile, requestOf, startDispatch } from '../support/dispatches.ts';
import type { DispatchHandle } from '../support/dispatches.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { reset, resetPoints } from '../support/resets.ts';
import { until } from '../support/until.ts';

let mandate: Mandate;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  mandate = await startMandate({ env: receiver.env });
});
afterAll(async () => {
  await mandate.stop();
  await receiver.close();
});

const EDITED = { text: 'Ship it on Tuesday, \u00e9 and \u2028.', nested: [1, { a: null }] };

function editable(path: string, overrides: Partial<DispatchRequest> = {}): DispatchRequest {
  return aDispatch(`${receiver.url}${path}`, {
    approval: { approvers: [{ id: 'ana' }, { id: 'ben' }], editable: ['body'] },
    ...overrides,
  });
}

async function approveAs(handle: DispatchHandle, body: JsonObject | string, by = 'ana'): Promise<void> {
  const requestId = await requestOf(handle);
  const approval = mandate.client.workflow.getHandle(`approval/${requestId}`);
  await approval.signal('approve', { by, edits: { body } });
}

function digestWith({ action }: DispatchRequest, body: JsonObject): string {
  return digestOf({ ...action, payload: { body } });
}

describe('a draft that an approver has edited', () => {
  it('is carried out as it was edited, byte for byte, and says so', async () => {
    const request = editable('/ok');
    const started = await createMandate(mandate.client).dispatch(request);
    await approveAs(mandate.client.workflow.getHandle(started.workflowId), EDITED);

    const outcome = await started.result();

    const digests = [digestOf(request.action), digestWith(request, EDITED)];
    expect(outcome).toMatchObject({ status: 'completed', digest: digests[1], digests });
    expect(receiver.bodies(request.draftId)).toEqual([canonicalize(EDITED)]);
    const entries = await mandate.store.ledger.entries({ run: request.run });
    const types = entries.map(({ type }) => type);
    expect(types.slice(types.indexOf('approval.ended'))).toEqual([
      'approval.ended',
      'draft.edited',
      'draft.signed',
      'effect.claimed',
      'effect.settled',
    ]);
    expect(entries.find(({ type }) => type === 'draft.edited')?.body).toEqual({
      draftId: request.draftId,
      from: digests[0],
      to: digests[1],
      by: 'ana',
    });
    for (const type of ['draft.signed', 'effect.claimed']) {
      expect(entries.find((entry) => entry.type === type)?.body).toMatchObject({ digest: digests[1] });
    }
    expect(buildReport(entries).effects).toMatchObject([{ status: 'completed', digests }]);
    expect((await mandate.store.claims.get(request.draftId))?.signed?.draft.payload).toEqual({ body: EDITED });
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  });

  it('has one digest where the edit changed nothing', async () => {
    const request = editable('/ok');
    const handle = await startDispatch(mandate.client, request);
    await approveAs(handle, { text: 'Ship it on Monday.' });

    const outcome = await handle.result();

    expect(outcome).toMatchObject({ status: 'completed', digest: digestOf(request.action) });
    expect(outcome.digests).toBeUndefined();
  });

  it('is refused where what it was edited to is not admitted, with nothing consumed', async () => {
    const request = editable('/ok', {
      action: {
        kind: 'deploy_publish_prevalidated_artifact',
        target: { registry: 'directory:notes', name: 'notes', version: '1.0.0' },
        payload: { artifact: 'notes.txt', digest: `sha256:${'a'.repeat(64)}` },
      },
      approval: { approvers: [{ id: 'ana' }], editable: ['digest'] },
    });
    const handle = await startDispatch(mandate.client, request);
    const approval = mandate.client.workflow.getHandle(`approval/${await requestOf(handle)}`);
    await approval.signal('approve', { by: 'ana', edits: { digest: 'none' } });

    // The request refuses it, or the draft does.
    await until('a refusal', async () => {
      const recorded = await mandate.recorded(request.run);
      return recorded.includes('approval.refused') || recorded.includes('draft.ended');
    });
    await handle.cancel();

    expect((await handle.result()).status).toMatch(/^(cancelled|verify_failed)$/);
    expect(await mandate.store.claims.get(request.draftId)).toBeUndefined();
  });

  it('asks for its attestation as it was edited, where its effect is non-delegable', async () => {
    const request = editable('/ok', { declared: ['venture_kill'] });
    const handle = await startDispatch(mandate.client, request);
    await approveAs(handle, EDITED);

    const outcome = await handle.result();

    expect(outcome).toMatchObject({ status: 'terminal_unrecoverable' });
    expect(outcome.error).toContain(digestWith(request, EDITED));
  });

  it('is unknown, and settled, as what it was edited to', async () => {
    const request = editable('/answer/500');
    const handle = await startDispatch(mandate.client, request);
    await approveAs(handle, EDITED);

    const unknown = await becomes(handle, 'needs_reconciliation');
    await reconcile(handle, 'happened');

    expect(unknown).toMatchObject({ digest: digestWith(request, EDITED) });
    expect(await handle.result()).toMatchObject({ status: 'completed', digest: digestWith(request, EDITED) });
  });
});

it('an edited draft whose dispatch was terminated is taken up as what it was edited to', async () => {
  const request = editable('/answer/500');
  const handle = await startDispatch(mandate.client, request);
  await approveAs(handle, EDITED);
  await becomes(handle, 'needs_reconciliation');
  await handle.terminate('an operator ended it');

  const { client, store } = mandate;
  const troubles: unknown[] = [];
  const onTrouble = (trouble: unknown): void => void troubles.push(trouble);
  const sweep = startSweep({ workflows: client.workflow, store, everyMs: 200, olderThanMs: 0, onTrouble });
  const adopted = client.workflow.getHandle(handle.workflowId) as DispatchHandle;
  await until('its reconciliation', async () => (await adopted.describe()).status.name === 'RUNNING');
  await sweep.stop();
  await becomes(adopted, 'needs_reconciliation');
  await reconcile(adopted, 'happened');

  const digests = [digestOf(request.action), digestWith(request, EDITED)];
  expect(await adopted.result()).toMatchObject({ status: 'completed', digest: digests[1], digests });
  expect(troubles).toEqual([]);
});

describe('a dispatch of an edited draft that is reset', () => {
  it('ends as what happened, whatever people make of it then, and nothing happens twice', async () => {
    const request = editable('/ok');
    const handle = await startDispatch(mandate.client, request);
    await approveAs(handle, EDITED);
    const first = await handle.result();
    const { runId } = await handle.describe();
    const [begun = 0] = await resetPoints(handle);
    const other = { text: 'Ship it never.' };

    const answers: ((again: DispatchHandle) => Promise<unknown>)[] = [
      (again) => approveAs(again, other),
      (again) => approve(mandate.client, again),
      async (again) => {
        const approval = mandate.client.workflow.getHandle(`approval/${await requestOf(again)}`);
        await approval.signal('reject', { by: 'ben', reason: 'not again' });
      },
    ];
    for (const answer of answers) {
      const again = await reset(mandate, handle, runId, begun);
      await until('people being asked anew', async () => {
        const { requestId } = await again.query(dispatchStateQuery);
        return requestId !== undefined && requestId !== first.requestId;
      });
      await answer(again);

      expect(await again.result()).toMatchObject({ status: 'completed', digest: first.digest, receipt: first.receipt });
      expect(receiver.bodies(request.draftId)).toEqual([canonicalize(EDITED)]);
    }
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  });
});

it('an id that comes back with what another draft was edited to is another draft', async () => {
  const request = editable('/ok');
  const handle = await startDispatch(mandate.client, request);
  await approveAs(handle, EDITED);
  await handle.result();

  const action = { ...request.action, payload: { body: EDITED } };
  const again = await startDispatch(mandate.client, { ...request, action, approval: 'none' });

  expect(await again.result()).toMatchObject({ status: 'cancelled', result: 'lost_race' });
  expect(receiver.count(request.draftId)).toBe(1);
});

it('no delivery of this file was badly signed', () => {
  expect(receiver.forged).toBe(0);
});
