import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DispatchRequest } from '../../src/contract/dispatch.ts';
import type { ExecutorStatus } from '../../src/store/executors.ts';
import { dispatchStateQuery } from '../../src/workflows/messages.ts';
import { aDispatch, becomes, dispatchApproved, reconcile, startDispatch } from '../support/dispatches.ts';
import type { DispatchHandle } from '../support/dispatches.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { DRAFT_KEYS, startExecutor } from '../support/start-executor.ts';
import type { ChildExecutor } from '../support/start-executor.ts';
import { until } from '../support/until.ts';

let receiver: Receiver;
let mandate: Mandate;
let executor: ChildExecutor;
beforeEach(async () => {
  receiver = await startReceiver();
  mandate = await startMandate({ roles: ['worker'], env: { ...receiver.env, ...DRAFT_KEYS } });
  executor = await startExecutor(mandate, receiver.env);
});
afterEach(async () => {
  executor.kill('SIGKILL');
  await executor.ended();
  receiver.release();
  await mandate.stop();
  await receiver.close();
});

function statusOf({ store }: Mandate): Promise<ExecutorStatus> {
  return store.executors.status({ now: new Date().toISOString(), endedAfter: '2026-01-01T00:00:00.000Z' });
}

/** Nobody has to be asked. */
const ALONE = { approval: 'none' } as const;

function startMany(count: number, request: () => DispatchRequest): Promise<DispatchHandle[]> {
  return Promise.all(Array.from({ length: count }, () => startDispatch(mandate.client, request())));
}

describe('an executor that is given bad drafts', { timeout: 240_000 }, () => {
  it('refuses or settles each of them, and carries out the good one among them', async () => {
    // Signed by a key that will not be known any more when they are taken up.
    const pause = { by: 'ada', reason: 'the key is changed', time: new Date().toISOString() };
    await mandate.store.executors.pause(pause, []);
    const forged = await startMany(17, () => aDispatch(`${receiver.url}/ok`, ALONE));
    for (const handle of forged) {
      await until('the draft to be signed', async () => (await handle.query(dispatchStateQuery)).deferred, 60);
    }
    executor.kill('SIGTERM');
    await executor.ended();
    executor = await startExecutor(mandate, { ...receiver.env, MANDATE_DRAFT_KEYS: `new:${'cd'.repeat(32)}` });
    await mandate.store.executors.resume([]);

    const comment = { kind: 'github_comment', target: { repo: 'a/b', issue: 1 }, payload: { body: 'Hello' } };
    const [powerless, hanging, broken] = await Promise.all([
      startMany(16, () => aDispatch('', { ...ALONE, action: comment })),
      startMany(10, () => aDispatch(`${receiver.url}/hang`, { ...ALONE, timeoutSeconds: 3_600 })),
      startMany(7, () => aDispatch(`${receiver.url}/cut`, ALONE)),
    ]);
    const good = await startDispatch(mandate.client, aDispatch(`${receiver.url}/ok`, ALONE));

    expect(await good.result()).toMatchObject({ status: 'completed' });
    for (const handle of [...forged, ...powerless]) {
      expect(await handle.result()).toMatchObject({ status: 'verify_failed' });
    }
    for (const handle of broken) await becomes(handle, 'needs_reconciliation');
    await until('the effects that hang to have begun', () =>
      hanging.every(({ workflowId }) => receiver.count(workflowId.slice('dispatch/'.length)) === 1),
    );
    const [alive, ...others] = (await statusOf(mandate)).alive;
    expect(others).toEqual([]);
    expect(alive).toMatchObject({ pid: executor.pid, why: null });
  });
});

describe('an executor that is told to end', { timeout: 240_000 }, () => {
  it('lets its effect settle and begins nothing more, which the next one carries out', async () => {
    const begun = aDispatch(`${receiver.url}/hold`, { timeoutSeconds: 1_000 });
    const holding = await dispatchApproved(mandate.client, begun);
    await until('the delivery', () => receiver.count(begun.draftId) === 1);

    executor.kill('SIGTERM');
    await executor.says(/SIGTERM: nothing more is begun/);
    const later = aDispatch(`${receiver.url}/ok`);
    const waiting = await dispatchApproved(mandate.client, later);
    await until('the draft to be approved', async () => (await mandate.recorded(later.run)).includes('approval.ended'));
    // It writes this down after it has said it.
    const draining = await until('the executor to be seen ending', async () => {
      const { alive } = await statusOf(mandate);
      return alive.some(({ why }) => why !== null) && alive;
    });
    receiver.release();
    const { exitCode } = await executor.ended();

    expect(draining).toMatchObject([{ pid: executor.pid, why: 'SIGTERM' }]);
    expect(exitCode).toBe(0);
    expect(await holding.result()).toMatchObject({ status: 'completed' });
    expect(receiver.count(later.draftId)).toBe(0);
    expect(await mandate.recorded(later.run)).not.toContain('effect.claimed');
    expect((await statusOf(mandate)).stopped).toMatchObject([
      { pid: executor.pid, why: 'SIGTERM', counters: { processed: 1, executed: 1 } },
    ]);
    await mandate.work(['executor']);
    expect(await waiting.result()).toMatchObject({ status: 'completed' });
    expect([begun, later].map(({ draftId }) => receiver.count(draftId))).toEqual([1, 1]);
  });

  it('ends at once when it is told twice, and what it had begun is unknown', async () => {
    const begun = aDispatch(`${receiver.url}/hold`, { timeoutSeconds: 1_000 });
    const handle = await dispatchApproved(mandate.client, begun);
    await until('the delivery', () => receiver.count(begun.draftId) === 1);

    executor.kill('SIGTERM');
    await executor.says(/SIGTERM: nothing more is begun/);
    executor.kill('SIGTERM');
    const { exitCode } = await executor.ended();
    await mandate.work(['executor']);
    await becomes(handle, 'needs_reconciliation');
    await reconcile(handle, 'happened');

    expect(exitCode).toBe(143);
    expect((await statusOf(mandate)).stopped).toMatchObject([{ pid: executor.pid, why: 'SIGTERM, twice' }]);
    expect(await handle.result()).toMatchObject({ status: 'completed', receipt: { settledBy: 'olga' } });
    expect(receiver.count(begun.draftId)).toBe(1);
  });
});
