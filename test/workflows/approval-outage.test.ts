import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decideUpdate, inboxItemQuery } from '../../src/workflows/messages.ts';
import { ask } from '../support/ask.ts';
import { until } from '../support/until.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';

let mandate: Mandate;
beforeAll(async () => {
  mandate = await startMandate();
});
afterEach(async () => mandate.work());
afterAll(async () => mandate.stop());

describe('a decision that comes while no worker is there', () => {
  it('counts when it came before the request had begun', async () => {
    await mandate.rest();
    const handle = await ask(mandate.client);

    await handle.signal('approve', { by: 'ana', reason: 'fine' });
    await mandate.work();

    expect(await handle.result()).toMatchObject({ status: 'approved', decisions: [{ by: 'ana', reason: 'fine' }] });
    expect(await mandate.recorded(handle.workflowId)).toEqual([
      'approval.requested',
      'approval.decision',
      'approval.ended',
    ]);
  });

  it('keeps its place among early decisions of other names', async () => {
    await mandate.rest();
    const first = await ask(mandate.client);
    const second = await ask(mandate.client);

    await first.signal('reject', { by: 'ana', reason: 'no' });
    await first.signal('approve', 'ben');
    await second.signal('approve', 'ben');
    await second.signal('reject', { by: 'ana', reason: 'no' });
    await mandate.work();

    expect(await first.result()).toMatchObject({ status: 'rejected' });
    expect(await second.result()).toMatchObject({ status: 'approved' });
  });

  it('is not overtaken by an update that was sent after it', async () => {
    await mandate.rest();
    const handle = await ask(mandate.client, { rule: { quorum: 2 } });
    await handle.signal('approve', 'ana');

    const contradicting = handle.executeUpdate(decideUpdate, {
      args: [{ by: 'ana', verdict: 'reject', reason: 'no' }],
    });
    await Promise.all([contradicting, mandate.work()]);

    expect(await contradicting).toMatchObject({ outcome: 'AlreadyVoted', status: 'pending' });
  });

  it('cancels a request that had not begun', async () => {
    await mandate.rest();
    const handle = await ask(mandate.client);

    await handle.cancel();
    await mandate.work();

    expect(await handle.result()).toMatchObject({ status: 'cancelled' });
  });

  it('counts when it came while the request waited, and nothing from before is lost', async () => {
    const handle = await ask(mandate.client, { rule: { quorum: 2 } });
    await handle.signal('approve', 'ana');
    await until('ana has voted', async () => (await handle.query(inboxItemQuery)).votes.length === 1);
    await mandate.rest();

    await handle.signal('approve', 'ben');
    await mandate.work();

    expect(await handle.result()).toMatchObject({ status: 'approved', decisions: [{ by: 'ana' }, { by: 'ben' }] });
  });
});

describe('a deadline that passes while no worker is there', () => {
  it.each([
    ['reject', 'approve', 'ana'],
    ['approve', 'reject', { by: 'ana', reason: 'too late' }],
  ] as const)('applies its default %s, whatever %s comes after it', async (onTimeout, name, payload) => {
    const handle = await ask(mandate.client, { timeoutSeconds: 15, onTimeout });
    const { deadline } = await handle.query(inboxItemQuery);
    await mandate.rest();

    await sleep(Date.parse(deadline) - Date.now() + 50);
    await handle.signal(name, payload);
    await mandate.work();

    expect(await handle.result()).toMatchObject({ status: 'expired', default: onTimeout, decisions: [] });
    const entries = await mandate.store.ledger.entries({ run: handle.workflowId });
    expect(entries.find((entry) => entry.type === 'approval.refused')?.body).toMatchObject({ outcome: 'TooLate' });
  });

  it('has expired at exactly the deadline', async () => {
    const handle = await ask(mandate.client, { timeoutSeconds: 1 });
    const { deadline } = await handle.query(inboxItemQuery);

    const result = await handle.result();

    expect(result).toMatchObject({ status: 'expired', endedAt: deadline });
  });
});
