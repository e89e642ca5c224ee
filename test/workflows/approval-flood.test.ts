import { expect, inject, it } from 'vitest';
import { decideUpdate, inboxItemQuery } from '../../src/workflows/messages.ts';
import { ask } from '../support/ask.ts';
import { startImpatientServer } from '../support/impatient-server.ts';
import { openMandate } from '../support/open-mandate.ts';
import type { Mandate } from '../support/open-mandate.ts';
import { until } from '../support/until.ts';

const SIGNALS = 1_500;
const AT_ONCE = 50;
// In production 4,096 events; there the same takes minutes.
const SUGGESTED_AT = 300;

async function withImpatientServer(test: (mandate: Mandate) => Promise<void>): Promise<void> {
  const server = await startImpatientServer(inject('temporalBinary'), SUGGESTED_AT);
  try {
    const where = { address: server.address, namespace: 'default', bundle: inject('workflowBundle') };
    const mandate = await openMandate(where);
    try {
      await test(mandate);
    } finally {
      await mandate.stop();
    }
  } finally {
    await server.stop();
  }
}

it('an approval that is flooded keeps its votes, its deadline and a bounded history, and can still be decided', async () => {
  await withImpatientServer(async (mandate) => {
    const handle = await ask(mandate.client, { rule: { quorum: 2 } });
    const { deadline, createdAt } = await handle.query(inboxItemQuery);
    const { runId: firstRunId } = await handle.describe();
    const current = mandate.client.workflow.getHandle(handle.workflowId);
    await current.signal('approve', 'ana');

    for (let sent = 0; sent < SIGNALS; sent += AT_ONCE) {
      const junk = Array.from({ length: AT_ONCE }, (_, index) => current.signal('approve', { nobody: sent + index }));
      await Promise.all(junk);
    }
    // Signals are taken faster than a worker works them off, so that one may be longer for a while.
    await until('a new history, and a short one', async () => {
      const { runId, historyLength } = await current.describe();
      return runId !== firstRunId && historyLength < 3 * SUGGESTED_AT;
    });
    const item = await current.query(inboxItemQuery);
    const answer = await current.executeUpdate(decideUpdate, { args: [{ by: 'ben', verdict: 'approve' }] });
    const result = await current.result();

    expect(answer).toMatchObject({ outcome: 'accepted', status: 'approved' });
    expect(item).toMatchObject({ status: 'pending', deadline, createdAt, votes: [{ by: 'ana' }] });
    expect(result).toMatchObject({ status: 'approved', decisions: [{ by: 'ana' }, { by: 'ben' }] });
    const types = await mandate.recorded(handle.workflowId);
    expect(types.filter((type) => type === 'approval.requested')).toHaveLength(1);
    expect(types.filter((type) => type === 'approval.refused').length).toBeLessThanOrEqual(200);
    const [last] = (await mandate.store.ledger.entries({ run: handle.workflowId })).slice(-1);
    expect(last?.body).toMatchObject({ status: 'approved', refusedMessages: SIGNALS });
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  });
});

it('an approval that is flooded with updates goes on in a new history, and can still be decided', async () => {
  await withImpatientServer(async (mandate) => {
    const handle = await ask(mandate.client);
    await handle.query(inboxItemQuery);
    const { runId: firstRunId } = await handle.describe();
    const current = mandate.client.workflow.getHandle(handle.workflowId);
    const outcomes = new Set<unknown>();

    const strangers = Array.from({ length: 8 }, async (_each, stranger) => {
      for (let sent = 0; sent < 40; sent += 1) {
        const decision = { by: `nobody-${stranger}-${sent}`, verdict: 'approve' };
        outcomes.add((await current.executeUpdate(decideUpdate, { args: [decision] })).outcome);
      }
    });
    await Promise.all(strangers);
    const { historyLength } = await until('a new history', async () => {
      const now = await current.describe();
      return now.runId !== firstRunId && now;
    });
    const answer = await current.executeUpdate(decideUpdate, { args: [{ by: 'ben', verdict: 'approve' }] });

    expect(outcomes).toEqual(new Set(['NotAnApprover']));
    expect(historyLength).toBeLessThan(3 * SUGGESTED_AT);
    expect(answer).toMatchObject({ outcome: 'accepted', status: 'approved' });
    expect(await current.result()).toMatchObject({ status: 'approved', decisions: [{ by: 'ben' }] });
  });
});

it('decisions of a thousand strangers that waited for a worker hold nobody up', async () => {
  await withImpatientServer(async (mandate) => {
    const handle = await ask(mandate.client);
    await handle.query(inboxItemQuery);
    await mandate.rest(['worker']);
    for (let sent = 0; sent < 1_000; sent += AT_ONCE) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) => handle.signal('approve', `nobody-${sent + index}`)),
      );
    }
    await handle.signal('approve', 'ben');
    await mandate.work(['worker']);

    const result = await mandate.client.workflow.getHandle(handle.workflowId).result();

    expect(result).toMatchObject({ status: 'approved', decisions: [{ by: 'ben' }] });
    const [last] = (await mandate.store.ledger.entries({ run: handle.workflowId })).slice(-1);
    expect(last?.body).toMatchObject({ status: 'approved', refusedMessages: 1_000 });
  });
});
