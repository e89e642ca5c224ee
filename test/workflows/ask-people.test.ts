import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/new-id.ts';
import { aRequest } from '../support/ask.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import type { asksPeople } from './children/asks-people.ts';

let mandate: Mandate;
let connection: NativeConnection;
let others: Worker;
let running: Promise<void>;
beforeAll(async () => {
  mandate = await startMandate({ roles: ['worker'] });
  connection = await NativeConnection.connect({ address: mandate.address });
  others = await Worker.create({
    connection,
    namespace: mandate.namespace,
    taskQueue: 'others',
    workflowsPath: fileURLToPath(new URL('./children/asks-people.ts', import.meta.url)),
  });
  running = others.run();
});
afterAll(async () => {
  others.shutdown();
  await running;
  await connection.close();
  await mandate.stop();
});

const run = (request: object, characters: number) =>
  mandate.client.workflow.execute<typeof asksPeople>('asksPeople', {
    taskQueue: 'others',
    workflowId: `others/${newId()}`,
    args: [{ ...aRequest(), ...request }, characters],
  });

const requestOf = (characters: number) => mandate.client.workflow.getHandle(`approval/of-${characters}`).describe();

describe("a request from somebody else's workflow", () => {
  it.each([300_000, 3_000_000])('of %i bytes fails there, by name, before anything is started', async (characters) => {
    await expect(run({}, characters)).rejects.toMatchObject({
      cause: { type: 'InvalidInput', message: expect.stringMatching(/the request has 3\d+ bytes.*at most 262144/) },
    });
    await expect(requestOf(characters)).rejects.toMatchObject({ name: 'WorkflowNotFoundError' });
  });

  it('with an unknown field fails there, by name, and asks nobody', async () => {
    await expect(run({ aprovers: [] }, 10)).rejects.toMatchObject({
      cause: { cause: { type: 'InvalidInput', message: expect.stringMatching(/aprovers: unknown field/) } },
    });
    expect((await requestOf(10)).status.name).toBe('FAILED');
  });
});
