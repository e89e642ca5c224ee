import { join } from 'node:path';
import { WorkflowNotFoundError } from '@temporalio/client';
import Sqlite from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMandate } from '../../src/client.ts';
import { digestOf } from '../../src/contract/canonical.ts';
import { startSweep } from '../../src/sweep.ts';
import type { Sweep } from '../../src/sweep.ts';
import { aDispatch, becomes, reconcile, startDispatch } from '../support/dispatches.ts';
import type { DispatchHandle } from '../support/dispatches.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

let mandate: Mandate;
let receiver: Receiver;
let sweeps: Sweep[];
const troubles: unknown[] = [];
beforeAll(async () => {
  receiver = await startReceiver();
  mandate = await startMandate({ env: receiver.env });
  // Two, as two workers do it.
  sweeps = [1, 2].map(() =>
    startSweep({
      workflows: mandate.client.workflow,
      store: mandate.store,
      everyMs: 200,
      olderThanMs: 0,
      onTrouble: (trouble) => troubles.push(trouble),
    }),
  );
});
afterAll(async () => {
  for (const sweep of sweeps) await sweep.stop();
  await mandate.stop();
  await receiver.close();
});

async function terminate(handle: DispatchHandle): Promise<void> {
  await handle.terminate('an operator ended it');
}

async function remove(handle: DispatchHandle): Promise<void> {
  const { workflowService, options } = mandate.client;
  const { runId } = await handle.describe();
  await workflowService.deleteWorkflowExecution({
    namespace: options.namespace,
    workflowExecution: { workflowId: handle.workflowId, runId },
  });
  await until('the workflow being deleted', async () => {
    try {
      return (await handle.describe()).runId !== runId;
    } catch (error) {
      return error instanceof WorkflowNotFoundError;
    }
  });
}

describe('a claim whose dispatch is gone', () => {
  it.each([
    ['terminated', terminate],
    ['deleted', remove],
  ])('shows as unknown after its dispatch was %s, and a person settles it', async (_how, end) => {
    const request = aDispatch(`${receiver.url}/answer/500`, { approval: 'none' });
    const handle = await startDispatch(mandate.client, request);
    await becomes(handle, 'needs_reconciliation');

    await end(handle);
    const adopted = mandate.client.workflow.getHandle<never>(handle.workflowId) as unknown as DispatchHandle;
    const listed = await until('it being listed', async () =>
      (await createMandate(mandate.client).unknowns()).find(({ draftId }) => draftId === request.draftId),
    );

    expect(listed).toMatchObject({ status: 'needs_reconciliation', kind: 'webhook' });
    // It may still be the terminated one that is listed.
    await until('it being taken up', async () => (await adopted.describe()).type === 'reconciliation');
    // At once, though the first look by the witness may be under way.
    expect(await reconcile(adopted, 'happened', { url: 'https://example.com/17' })).toMatchObject({
      outcome: 'accepted',
    });
    expect(await adopted.result()).toMatchObject({ status: 'completed' });
    expect((await mandate.store.claims.get(request.draftId))?.settlement).toMatchObject({ by: 'olga' });
    expect(receiver.count(request.draftId)).toBe(1);
    expect(await mandate.recorded(request.run)).toContain('effect.orphaned');
  });

  it('is settled by a person though somebody has cancelled what took it up', async () => {
    const request = aDispatch(`${receiver.url}/answer/500`, { approval: 'none' });
    const handle = await startDispatch(mandate.client, request);
    await becomes(handle, 'needs_reconciliation');
    await terminate(handle);
    const adopted = mandate.client.workflow.getHandle<never>(handle.workflowId) as unknown as DispatchHandle;
    await until('it being taken up', async () => (await adopted.describe()).type === 'reconciliation');

    await adopted.cancel();

    expect(await reconcile(adopted, 'happened', { url: 'https://example.com/17' })).toMatchObject({
      outcome: 'accepted',
    });
    expect(await adopted.result()).toMatchObject({ status: 'completed' });
  });

  it('is settled by the attempt itself when that was still under way', async () => {
    const request = aDispatch(`${receiver.url}/hold`, { approval: 'none' });
    const handle = await startDispatch(mandate.client, request);
    await until('the effect being begun', () => receiver.count(request.draftId) === 1);

    await terminate(handle);
    const adopted = mandate.client.workflow.getHandle(handle.workflowId);
    await until('it being taken up', async () => (await adopted.describe()).type === 'reconciliation');
    receiver.release();
    const settled = await until(
      'the claim being settled',
      async () => (await mandate.store.claims.get(request.draftId))?.settlement ?? false,
    );

    expect(settled).toMatchObject({ outcome: 'completed', by: 'attempt' });
    expect(await adopted.result()).toMatchObject({ status: 'completed', result: 'executed' });
    expect(receiver.count(request.draftId)).toBe(1);
  });

  it('is settled by a person though its row was made unreadable, and no witness is led astray', async () => {
    const request = aDispatch(`${receiver.url}/answer/500`, { approval: 'none' });
    const handle = await startDispatch(mandate.client, request);
    await becomes(handle, 'needs_reconciliation');
    const database = new Sqlite(join(mandate.folder, 'mandate.db'), { timeout: 5_000 });
    database.prepare('update effect_claims set draft = ? where draft_id = ?').run('{"id": 1}', request.draftId);
    database.close();

    await terminate(handle);
    const adopted = mandate.client.workflow.getHandle<never>(handle.workflowId) as unknown as DispatchHandle;
    await until('it being taken up', async () => (await adopted.describe()).type === 'reconciliation');
    await becomes(adopted, 'needs_reconciliation');

    expect(await reconcile(adopted, 'did_not_happen')).toMatchObject({ outcome: 'accepted' });
    expect(await adopted.result()).toMatchObject({ status: 'completed_with_error', digest: digestOf(request.action) });
  });

  it.each([
    ['digest', 'tampered'],
    ['owner', 'run/somebody-else'],
    ['owner', ''],
    ['kind', ''],
    ['agent', 'agent\n1'],
    ['run', 'run\u0000'],
    ['draft', ''],
    ['signature', 'tampered'],
  ])('is listed and settled by a person though its %s was made %j', async (column, value) => {
    const request = aDispatch(`${receiver.url}/answer/500`, { approval: 'none' });
    const handle = await startDispatch(mandate.client, request);
    await becomes(handle, 'needs_reconciliation');
    const database = new Sqlite(join(mandate.folder, 'mandate.db'), { timeout: 5_000 });
    database.prepare(`update effect_claims set ${column} = ? where draft_id = ?`).run(value, request.draftId);
    database.close();

    await terminate(handle);
    const adopted = mandate.client.workflow.getHandle<never>(handle.workflowId) as unknown as DispatchHandle;
    await until('it being taken up', async () => (await adopted.describe()).type === 'reconciliation');
    await becomes(adopted, 'needs_reconciliation');
    const api = createMandate(mandate.client);
    await until('it being listed', async () =>
      (await api.unknowns()).some(({ draftId }) => draftId === request.draftId),
    );

    expect(await reconcile(adopted, 'did_not_happen')).toMatchObject({ outcome: 'accepted' });
    expect(await adopted.result()).toMatchObject({ status: 'completed_with_error' });
    expect((await mandate.store.claims.get(request.draftId))?.settlement).toMatchObject({ by: 'olga' });
  });

  it('is not taken up once its dispatch has settled it and ended, though it had been listed before', async () => {
    const request = aDispatch(`${receiver.url}/ok`, { approval: 'none' });
    const { claims } = mandate.store;
    const whole = { ...claims };
    let onListed: () => void = () => undefined;
    const wasListed = new Promise<void>((resolve) => {
      onListed = resolve;
    });
    const settle: typeof whole.settle = async (...given) => {
      await wasListed;
      return whole.settle(...given);
    };
    Object.assign(claims, { settle });
    const handle = await startDispatch(mandate.client, request);
    await until('the effect being begun', () => receiver.count(request.draftId) === 1);
    const readAgain: string[] = [];
    const slow = startSweep({
      workflows: mandate.client.workflow,
      store: {
        claims: {
          ...claims,
          async unsettled(query) {
            const listed = await claims.unsettled(query);
            onListed();
            await handle.result();
            return listed;
          },
          get(draftId) {
            readAgain.push(draftId);
            return claims.get(draftId);
          },
        },
      },
      olderThanMs: 0,
      onTrouble: (trouble) => troubles.push(trouble),
    });
    await until('the claim being read again', () => readAgain.includes(request.draftId));
    await slow.stop();
    Object.assign(claims, whole);

    expect((await mandate.client.workflow.getHandle(handle.workflowId).describe()).type).toBe('dispatch');
  });

  it('is not taken up where there is none: nobody can have something settled that was never begun', async () => {
    const id = 'a-draft-that-nobody-has-ever-claimed';
    const handle = await mandate.client.workflow.start('reconciliation', {
      taskQueue: 'mandate',
      workflowId: `dispatch/${id}`,
      args: [{ id, kind: 'webhook', run: 'run-1', agent: 'agent-1', digest: digestOf({}) }],
    });

    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'InvalidInput' } });
  });

  it('is left to its dispatch while that runs', async () => {
    const request = aDispatch(`${receiver.url}/slow/1500`, { approval: 'none' });
    const handle = await startDispatch(mandate.client, request);

    expect(await handle.result()).toMatchObject({ status: 'completed' });
    expect((await handle.describe()).type).toBe('dispatch');
    expect(troubles).toEqual([]);
  });
});
