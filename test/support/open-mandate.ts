import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { readConfig } from '../../src/config.ts';
import type { Config } from '../../src/config.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/open.ts';
import { verifyLedger } from '../../src/store/verify-ledger.ts';
import type { Verification } from '../../src/store/verify-ledger.ts';
import { createWorkers, ROLES } from '../../src/worker.ts';
import type { Role } from '../../src/worker.ts';

export interface Mandate {
  readonly client: Client;
  readonly store: Store;
  readonly config: Config;
  readonly address: string;
  readonly namespace: string;
  readonly folder: string;
  /** Stops workers of this process, by default all; started again by `work`. */
  rest(roles?: readonly Role[]): Promise<void>;
  work(roles?: readonly Role[]): Promise<void>;
  /** Recomputes the whole ledger. */
  verifyLedger(): Promise<Verification>;
  /** The types of a run's ledger entries, in order. */
  recorded(run: string): Promise<string[]>;
  stop(): Promise<void>;
}

/** A Temporal server to work on, and the workflows' bundle. */
export interface Where {
  readonly address: string;
  readonly namespace: string;
  readonly bundle: string;
}

export interface MandateOptions {
  readonly env?: Record<string, string>;
  /** Which workers to start at once. Default: all. */
  readonly roles?: readonly Role[];
}

/** Mandate as one process has it, with a store and a data folder of its own. */
export async function openMandate(where: Where, options: MandateOptions = {}): Promise<Mandate> {
  quietRuntime();
  const { address, namespace, bundle } = where;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mandate-test-data-'));
  const config = readConfig({ MANDATE_DATA: folder, MANDATE_TRUST_NAMESPACE: 'yes', ...options.env });
  const store = await openStore(
    config.databaseUrl === undefined ? { file: path.join(folder, 'mandate.db') } : { url: config.databaseUrl },
  );
  await store.migrate();
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const nativeConnection = await NativeConnection.connect({ address });
  const atWork = new Map<Role, () => Promise<void>>();

  const mandate: Mandate = {
    client,
    store,
    config,
    address,
    namespace,
    folder,
    async work(roles = ROLES) {
      for (const role of roles.filter((each) => !atWork.has(each))) {
        const [worker] = await createWorkers({
          connection: nativeConnection,
          namespace,
          config,
          store,
          roles: [role],
          makeDraftKey: true,
          bundle: { codePath: bundle },
        });
        if (worker === undefined) continue;
        const running = worker.run();
        atWork.set(role, () => {
          worker.shutdown();
          return running;
        });
      }
    },
    async rest(roles = ROLES) {
      await Promise.all(
        roles.map(async (role) => {
          const stopWork = atWork.get(role);
          atWork.delete(role);
          await stopWork?.();
        }),
      );
    },
    verifyLedger: () => verifyLedger(store.ledger.export()),
    recorded: async (run) => (await store.ledger.entries({ run })).map((entry) => entry.type),
    async stop() {
      await terminateOpen(client);
      await mandate.rest();
      // What the workers have begun meanwhile, or what was listed late.
      await terminateOpen(client);
      await nativeConnection.close();
      await connection.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await mandate.work(options.roles);
  return mandate;
}

/** What a test left open must not be taken up by the next file's workers. */
async function terminateOpen(client: Client): Promise<void> {
  for await (const open of client.workflow.list({ query: 'ExecutionStatus = "Running"' })) {
    await client.workflow
      .getHandle(open.workflowId, open.runId)
      .terminate('the test is over')
      .catch(() => undefined);
  }
}

let quiet = false;

/** Refused messages and failed tasks are what tests are about; they are asserted, not read in a log. */
export function quietRuntime(): void {
  if (quiet) return;
  quiet = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
}
