import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openStore } from '../../src/store/open.ts';
import { createWorkers } from '../../src/worker.ts';
import { quietRuntime } from '../support/open-mandate.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mandate-start-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('a worker that cannot be made leaves none of the others with the connection or the store', async () => {
  quietRuntime();
  const store = await openStore({ file: join(folder, 'mandate.db') });
  await store.migrate();
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });

  const making = createWorkers({
    connection,
    namespace: 'default',
    config: readConfig({ MANDATE_DATA: folder }),
    store,
    roles: ['worker', 'executor', 'agents'],
    makeDraftKey: true,
    bundle: { codePath: join(folder, 'no-bundle.js') },
  });

  await expect(making).rejects.toThrow(/ENOENT/);
  const now = new Date().toISOString();
  const { alive } = await store.executors.status({ now, endedAfter: new Date(0).toISOString() });
  expect(alive).toEqual([]);
  // Refused for as long as a worker holds it.
  await connection.close();
  await store.close();
});
