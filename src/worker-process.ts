import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { readConfig, storeLocation } from './config.ts';
import type { Config } from './config.ts';
import { missingSearchAttributes } from './dev/temporal-search-attributes.ts';
import { openStore } from './store/open.ts';
import { createWorkers, ROLES } from './worker.ts';
import type { Role } from './worker.ts';
import { SEARCH_ATTRIBUTES } from './workflows/search-attributes.ts';

// The SDK's own default.
const DEFAULT_ADDRESS = 'localhost:7233';

/** Thrown when the deployment is not ready for a worker; the message says what to do. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
}

/**
 * The workers of a deployment: the Temporal server of Temporal's own settings, the store that is migrated already. Ends
 * on SIGTERM or SIGINT, when what has begun has settled. `onReady` is told once, in a line for the log.
 */
export async function runWorkerProcess(roles: readonly Role[], onReady: (line: string) => void): Promise<void> {
  const config = readConfig(process.env);
  requireTrust(config);
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const store = await openStore(storeLocation(config));
  try {
    await store.checkSchema();
    installRuntime();
    const connection = await connect(connectionOptions);
    try {
      await requireSearchAttributes(connection, namespace);
      const workers = await createWorkers({ connection, namespace, config, store, roles, makeDraftKey: false });
      onReady(
        `Working as ${roles.join(', ')} in namespace ${namespace} of ${connectionOptions.address ?? DEFAULT_ADDRESS}.`,
      );
      await Promise.all(workers.map((worker) => worker.run()));
    } finally {
      await connection.close();
    }
  } finally {
    await store.close();
  }
}

function installRuntime(): void {
  // Its threads end with the last connection, so there must be one: no earlier than that.
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      process.stderr.write(`${JSON.stringify({ level, message, ...meta })}\n`);
    }),
    telemetryOptions: { logging: { filter: 'WARN', forward: {} } },
    shutdownSignals: ['SIGTERM', 'SIGINT'],
  });
}

/** What `node dist/worker.js` does: all roles, and one line for what stands in the way. */
export async function runAsProgram(): Promise<void> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    await runWorkerProcess(ROLES, log);
  } catch (error) {
    log(`mandate: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

// Whoever may signal in the namespace can decide under any name. That must be somebody's decision, never a surprise.
function requireTrust({ trustNamespace }: Config): void {
  if (trustNamespace) return;
  throw new NotReady(
    "Decisions are only as trustworthy as the namespace's own access control: whoever may signal in it can decide under " +
      'any name. Restrict it to those who may decide, and then say so with MANDATE_TRUST_NAMESPACE=yes.',
  );
}

async function connect(options: NativeConnectionOptions): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(options);
  } catch (cause) {
    throw new NotReady(
      `The Temporal server at ${options.address ?? DEFAULT_ADDRESS} does not answer; check TEMPORAL_ADDRESS and its kin.`,
      { cause },
    );
  }
}

async function requireSearchAttributes(connection: NativeConnection, namespace: string): Promise<void> {
  const missing = await missingSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES);
  if (missing.length === 0) return;
  const names = missing.map(([name]) => name).join(', ');
  throw new NotReady(`Namespace ${namespace} lacks the search attributes ${names}; run \`mandate migrate\`.`);
}
