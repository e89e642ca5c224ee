import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ask } from '../support/ask.ts';
import { startMandate } from '../support/mandate.ts';
import { startChildWorker } from '../support/start-child-worker.ts';
import { until } from '../support/until.ts';

// Enough that each kill comes between some decision's arrival, its verification, its record and its end.
const PEOPLE = Array.from({ length: 12 }, (_, n) => `person-${n}`);

it('no decision is lost or counted twice, whenever its worker is killed', { timeout: 300_000 }, async () => {
  const mandate = await startMandate({ namespace: 'kill-9', roles: [] });
  let victim = await startChildWorker(mandate, { roles: ['worker'] });
  try {
    const approvers = PEOPLE.map((id) => ({ id }));
    const handle = await ask(mandate.client, { approvers, rule: { quorum: PEOPLE.length }, editable: ['text'] });

    for (const [n, by] of PEOPLE.entries()) {
      await handle.signal('approve', by);
      if (n % 4 !== 3) continue;
      await sleep(n * 15);
      await victim.kill();
      // Twice, and by somebody who was not asked, while nobody is there.
      await handle.signal('approve', by);
      await handle.signal('approve', `stranger-${n}`);
      victim = await startChildWorker(mandate, { roles: ['worker'] });
    }
    const result = await handle.result();

    expect(result).toMatchObject({ status: 'approved', decisions: PEOPLE.map((by) => ({ by })) });
    await until('the end is recorded', async () => (await mandate.recorded(handle.workflowId)).at(-1) !== undefined);
    const entries = await mandate.store.ledger.entries({ run: handle.workflowId });
    const decided = entries.filter(({ type }) => type === 'approval.decision').map(({ body }) => body['by']);
    const refused = entries.filter(({ type }) => type === 'approval.refused').map(({ body }) => body['by']);
    expect(decided).toEqual(PEOPLE);
    expect(refused).toEqual(expect.arrayContaining(['stranger-3', 'stranger-7']));
    expect(entries.filter(({ type }) => type === 'approval.ended')).toHaveLength(1);
    expect(await mandate.verifyLedger()).toMatchObject({ ok: true });
  } finally {
    await victim.kill();
    await mandate.stop();
  }
});
