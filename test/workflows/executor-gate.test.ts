import { MockActivityEnvironment } from '@temporalio/testing';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { ActivityInboundCallsInterceptor, WorkerInterceptors } from '@temporalio/worker';
import { expect, inject, it } from 'vitest';
import { executorWorker } from '../../src/role-worker.ts';
import type { RoleWorker } from '../../src/role-worker.ts';
import { describeOnSqlite, openFresh } from '../support/databases.ts';
import type { Fresh } from '../support/databases.ts';
import { quietRuntime } from '../support/open-mandate.ts';
import { until } from '../support/until.ts';

const ENDING = /This executor is ending; another one takes the draft up/;

/** An executor's worker on the real server, and what every activity of it passes through. */
async function withExecutor(
  fresh: Fresh,
  test: (executor: RoleWorker, gate: ActivityInboundCallsInterceptor) => Promise<void>,
): Promise<void> {
  quietRuntime();
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  let made: WorkerInterceptors = {};
  const executor = await executorWorker(await openFresh(fresh), async ({ presence, interceptors }) => {
    made = interceptors;
    return Worker.create({
      connection,
      taskQueue: presence.id,
      identity: presence.id,
      interceptors,
      activities: { carryOut: () => 'carried out' },
    });
  });
  const gate = new MockActivityEnvironment({ activityType: 'carryOut' });
  const inbound = made.activity?.[0]?.(gate.context)?.inbound;
  if (inbound === undefined) throw new Error('The executor has no gate.');
  try {
    await test(executor, inbound);
  } finally {
    await connection.close();
  }
}

describeOnSqlite('the gate of an executor', (fresh) => {
  it('lets effects begin while the executor works, and gives them back from the moment it is told to end', () =>
    withExecutor(fresh, async (executor, gate) => {
      const begin = async (): Promise<unknown> => gate.execute?.({ args: [], headers: {} }, async () => 'begun');
      const running = executor.run();
      const whileItWorks = await until('the executor to work', () => begin().catch(() => undefined));

      executor.shutdown('SIGTERM');
      const afterwards = await Promise.allSettled([begin()]);
      await running;

      expect(whileItWorks).toBe('begun');
      expect(afterwards).toMatchObject([
        { status: 'rejected', reason: { type: 'NothingStarted', message: expect.stringMatching(ENDING) } },
      ]);
    }));
});
