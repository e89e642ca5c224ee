import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { expect, test } from 'vitest';
import { registerSearchAttributes } from '../../src/dev/temporal-search-attributes.ts';
import { startProductionServer } from '../support/production-server.ts';

const Colour = defineSearchAttributeKey('Colour', 'KEYWORD');

// Building its two programs takes minutes the first time.
test(
  "Temporal's production server on PostgreSQL takes our search attributes and lists a workflow by them",
  { timeout: 600_000 },
  async () => {
    const server = await startProductionServer();
    const connection = await Connection.connect({ address: server.address });
    try {
      const client = new Client({ connection, namespace: server.namespace });
      // Two at once, as when two processes prepare the same namespace.
      const register = (): Promise<void> =>
        registerSearchAttributes(connection, server.namespace, { Colour: 'Keyword' });
      await Promise.all([register(), register()]);

      await client.workflow.start('any', {
        taskQueue: 'q',
        workflowId: 'w',
        typedSearchAttributes: [{ key: Colour, value: 'green' }],
      });

      await expect
        .poll(async () => (await client.workflow.count('Colour = "green"')).count, { timeout: 60_000, interval: 500 })
        .toBe(1);
    } finally {
      await connection.close();
      await server.stop();
    }
  },
);
