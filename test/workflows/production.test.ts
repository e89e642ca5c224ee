import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { registerSearchAttributes } from '../../src/dev/temporal-search-attributes.ts';
import { MandateStatus, SEARCH_ATTRIBUTES } from '../../src/workflows/search-attributes.ts';
import { decideWith } from '../support/ask.ts';
import { describeOnPostgresql } from '../support/databases.ts';
import { aDispatch, approve, becomes, reconcile, requestOf, startDispatch } from '../support/dispatches.ts';
import { openMandate } from '../support/open-mandate.ts';
import { startProductionServer } from '../support/production-server.ts';
import type { ProductionServer } from '../support/production-server.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

describeOnPostgresql("Mandate on Temporal's production server", (fresh) => {
  let server: ProductionServer;
  let receiver: Receiver;
  beforeAll(async () => {
    server = await startProductionServer();
    const connection = await Connection.connect({ address: server.address });
    await registerSearchAttributes(connection, server.namespace, SEARCH_ATTRIBUTES);
    await connection.close();
    receiver = await startReceiver();
  }, 900_000);
  afterAll(async () => {
    await receiver.close();
    await server.stop();
  });

  it('carries out an approved draft once, lists an unknown outcome, and keeps a ledger that verifies', async () => {
    const { location } = await fresh();
    if (!('url' in location)) throw new Error('not PostgreSQL');
    const where = { address: server.address, namespace: server.namespace, bundle: inject('workflowBundle') };
    const mandate = await openMandate(where, { env: { ...receiver.env, DATABASE_URL: location.url } });
    try {
      const request = aDispatch(`${receiver.url}/answer/503`);
      const handle = await startDispatch(mandate.client, request);
      const asked = mandate.client.workflow.getHandle(`approval/${await requestOf(handle)}`);
      expect((await asked.describe()).typedSearchAttributes.get(MandateStatus)).toBe('pending');
      // More than a worker may answer: the server must not hand it over, or nobody could decide any more.
      await expect(decideWith(mandate.client, asked, 3_000_000)).rejects.toThrow(/deadline exceeded|timed out/i);

      await approve(mandate.client, handle);
      await becomes(handle, 'needs_reconciliation');
      await until('the unknown outcome in the list', async () => {
        const query = 'WorkflowType = "dispatch" AND MandateStatus = "needs_reconciliation"';
        return (await mandate.client.workflow.count(query)).count === 1;
      });
      await reconcile(handle, 'happened', { url: receiver.url });

      expect(await handle.result()).toMatchObject({ status: 'completed', receipt: { settledBy: 'olga' } });
      expect(receiver.count(request.draftId)).toBe(1);
      expect(await mandate.verifyLedger()).toMatchObject({ ok: true, runs: 2 });
      expect(mandate.store.kind).toBe('postgresql');
    } finally {
      await mandate.stop();
    }
  });
});
