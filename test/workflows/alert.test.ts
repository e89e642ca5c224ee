import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Notification } from '../../src/contract/notification.ts';
import { openMandate } from '../support/open-mandate.ts';
import type { Mandate } from '../support/open-mandate.ts';
import { aNotification } from '../support/notifications.ts';
import { startOperator } from '../support/operator.ts';
import type { Operator } from '../support/operator.ts';

let folder: string;
let operator: Operator;
let mandate: Mandate;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'mandate-alerting-'));
  const bundle = path.join(folder, 'bundle.js');
  const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  const { code } = await bundleWorkflowCode({
    workflowsPath: beside('../fixtures/alerting-workflows.ts'),
    payloadConverterPath: beside('../../src/workflows/payload-converter.ts'),
    preloadModules: [beside('../../src/workflows/preload.ts')],
    logger: new DefaultLogger('ERROR'),
  });
  await writeFile(bundle, code);
  operator = await startOperator();
  const namespace = `pool-${process.env['VITEST_POOL_ID'] ?? '1'}`;
  mandate = await openMandate(
    { address: inject('temporalAddress'), namespace, bundle },
    { roles: ['worker'], env: operator.env },
  );
  const to = { route: 'effect_unknown', channels: ['ops'], by: 'draft-1', time: new Date().toISOString() } as const;
  await mandate.store.routes.change(to, () => []);
});
afterAll(async () => {
  await mandate.stop();
  await operator.close();
  await rm(folder, { recursive: true });
});

function execute(workflow: string, raised: Notification): Promise<unknown> {
  const workflowId = `${workflow}/${raised.id}`;
  return mandate.client.workflow.execute(workflow, { taskQueue: 'mandate', workflowId, args: [raised] });
}

describe('an alert', () => {
  it('is on its way when its raiser goes on', async () => {
    operator.answer('hang');
    const raised = aNotification();

    expect(await execute('alerting', raised)).toBe('gone on');

    const told = mandate.client.workflow.getHandle(`notification/${raised.id}`);
    expect((await told.describe()).status.name).toBe('RUNNING');
    await told.terminate();
  });

  it('outlives its raiser, and is told once however many raise it', async () => {
    operator.answer(204);
    const raised = aNotification();

    await execute('alerting', raised);
    await mandate.client.workflow.getHandle(`notification/${raised.id}`).result();
    const again = { ...raised, message: 'the same occurrence, told otherwise' };
    await mandate.client.workflow.execute('alerting', { taskQueue: 'mandate', workflowId: 'again', args: [again] });

    expect(operator.received.filter(({ event }) => event.id === raised.id)).toHaveLength(1);
    expect(await mandate.recorded(raised.run)).toEqual(['notification.sent']);
  });

  it('tells its raiser when that was cancelled, since then nothing was raised', async () => {
    const raised = aNotification();

    expect(await execute('alertingCancelled', raised)).toBe('cancelled');

    await expect(mandate.client.workflow.getHandle(`notification/${raised.id}`).describe()).rejects.toMatchObject({
      name: 'WorkflowNotFoundError',
    });
  });
});
