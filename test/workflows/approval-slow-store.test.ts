import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { inboxItemQuery } from '../../src/workflows/messages.ts';
import { ask } from '../support/ask.ts';
import { describeOnPostgresql } from '../support/databases.ts';
import { startMandate } from '../support/mandate.ts';
import { until } from '../support/until.ts';

describeOnPostgresql('a store that answers after the deadline', (fresh) => {
  it('lets every decision count as of its arrival, and in that order', async () => {
    const { location } = await fresh();
    const url = 'url' in location ? location.url : '';
    const mandate = await startMandate({ roles: ['worker'], env: { DATABASE_URL: url } });
    const blocker = new Client({ connectionString: url });
    await blocker.connect();
    try {
      const handle = await ask(mandate.client, {
        approvers: [{ id: 'ana' }, { id: 'ben' }, { id: 'cleo' }],
        rule: { quorum: 2 },
        timeoutSeconds: 15,
        reminders: [0.05],
      });
      await until('it is asked', async () => (await mandate.recorded(handle.workflowId)).length > 0);
      const { deadline } = await handle.query(inboxItemQuery);
      await blocker.query('begin; lock table principals in access exclusive mode');

      await handle.signal('approve', 'ana');
      await sleep(1_500);
      await handle.signal('approve', 'ben');
      await sleep(Date.parse(deadline) - Date.now() + 500);
      await handle.signal('reject', { by: 'cleo', reason: 'too late' });
      await sleep(500);
      await blocker.query('rollback');
      const result = await handle.result();

      expect(result).toMatchObject({ status: 'approved', decisions: [{ by: 'ana' }, { by: 'ben' }] });
      expect(result.endedAt < deadline).toBe(true);
      const entries = await mandate.store.ledger.entries({ run: handle.workflowId });
      expect(entries.at(-1)).toMatchObject({
        type: 'approval.refused',
        body: { by: 'cleo', outcome: 'AlreadyDecided' },
      });
    } finally {
      await blocker.end();
      await mandate.stop();
    }
  });
});
