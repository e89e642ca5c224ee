import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { dropCredentials, dropPersonalToken, readConfig, storeLocation } from './config.ts';
import type { Config } from './config.ts';
import { prepareDataFolder } from './dev/data-folder.ts';
import { missingSearchAttributes } from './dev/temporal-search-attributes.ts';
import { incomingMail } from './mail-settings.ts';
import { untilPolling } from './polling.ts';
import type { RoleWorker } from './role-worker.ts';
import { onStopSignals } from './stop-signals.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/open.ts';
import { DEFAULT_ADDRESS, readTemporalSettings } from './temporal-settings.ts';
import { createMailWorkers, createWorkers, requireSettings, ROLES } from './worker.ts';
import type { Role } from './worker.ts';
import { SEARCH_ATTRIBUTES } from './workflows/search-attributes.ts';

/** Thrown when the deployment is not ready for a worker; the message says what to do. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
}

/** What a process that is more than its workers is told of them. */
export interface WorkerProcessHooks {
  /** The server is asked for work; given are the workers' identities. */
  readonly onPolling?: (identities: readonly string[]) => Promise<void>;
  /** Nothing more is begun from here on. */
  readonly onDraining?: () => void;
}

/**
 * The workers of a deployment: the Temporal server of Temporal's own settings, the store that is migrated already. Ends
 * on SIGTERM or SIGINT, when what has begun has settled; a second one ends the process at once. What people should know
 * is said in lines for the log.
 */
export async function runWorkerProcess(
  roles: readonly Role[],
  say: (line: string) => void,
  hooks: WorkerProcessHooks = {},
): Promise<void> {
  const dropped = dropCredentials(process.env, roles);
  if (dropped.length > 0) {
    say(`${dropped.join(', ')}: not for the roles ${roles.join(', ')}; not read. Do not set it here.`);
  }
  for (const name of dropPersonalToken(process.env))
    say(`${name}: no worker is a person; not read. Do not set it here.`);
  const config = readConfig(process.env);
  requireSettings(roles, config);
  const working = withMail(roles, config);
  const { connectionOptions, namespace = 'default' } = readTemporalSettings(process.env);
  const store = await storeFor(roles, config, say);
  try {
    await store?.checkSchema();
    installRuntime();
    const connection = await connect(connectionOptions);
    try {
      await requireSearchAttributes(connection, namespace);
      const common = { connection, namespace, config };
      const workers =
        store === undefined
          ? await createMailWorkers(common)
          : await createWorkers({ ...common, store, roles, makeDraftKey: false });
      const signals = onStopSignals({
        first(signal) {
          say(`${signal}: nothing more is begun, and what has begun settles. A second signal ends this at once.`);
          hooks.onDraining?.();
          for (const worker of workers) worker.shutdown(signal);
        },
        second: (signal) => Promise.all(workers.map((worker) => worker.abandon(`${signal}, twice`))),
      });
      try {
        await runTogether(workers, async (signal) => {
          if (!(await untilPolling({ connection, namespace, workers, signal }))) return;
          await hooks.onPolling?.(workers.map(({ identity }) => identity));
          const { address = DEFAULT_ADDRESS } = connectionOptions;
          if (roles.includes('worker')) say(trustText(config.trustNamespace ?? false));
          say(`Working as ${working.join(', ')} in namespace ${namespace} of ${address}.`);
        });
      } finally {
        signals.stop();
      }
    } finally {
      await connection.close();
    }
  } finally {
    await store?.close();
  }
}

/** None for a process that only reads mail: what others write to it must find nothing there. */
async function storeFor(
  roles: readonly Role[],
  config: Config,
  say: (line: string) => void,
): Promise<Store | undefined> {
  if (roles.every((role) => role === 'mail')) return undefined;
  const where = storeLocation(config);
  if ('file' in where) await prepareDataFolder(config.dataFolder, say);
  return openStore(where);
}

/** The roles that there is something to do for. */
function withMail(roles: readonly Role[], { mail }: Config): readonly Role[] {
  if (!roles.includes('mail') || incomingMail(mail) !== undefined) return roles;
  if (roles.length === 1) {
    throw new NotReady(
      'The role mail has nothing to do: set MANDATE_IMAP_URL, MANDATE_MAIL_LISTEN or both; see docs/mail.md.',
    );
  }
  return roles.filter((role) => role !== 'mail');
}

/** Runs all of them and `beside`, until none runs any more. When something fails, the others are shut down. */
async function runTogether(
  workers: readonly RoleWorker[],
  beside: (ended: AbortSignal) => Promise<void>,
): Promise<void> {
  const ended = new AbortController();
  const endingAll = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      for (const worker of workers) worker.shutdown('its process failed');
      throw error;
    }
  };
  const all = workers.map((worker) => endingAll(worker.run()));
  const told = endingAll(beside(ended.signal));
  const runs = await Promise.allSettled(all);
  ended.abort();
  for (const run of [...runs, ...(await Promise.allSettled([told]))]) if (run.status === 'rejected') throw run.reason;
}

function installRuntime(): void {
  // Its threads end with the last connection, so there must be one: no earlier than that.
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      process.stderr.write(`${JSON.stringify({ level, message, ...meta })}\n`);
    }),
    telemetryOptions: { logging: { filter: 'WARN', forward: {} } },
    // Listened to here, since a second one counts too.
    shutdownSignals: [],
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

/** Whose word counts as a decision, in one line for the log. */
export function trustText(trustsNamespace: boolean): string {
  return trustsNamespace
    ? 'Decisions are believed to come from whoever they name: the namespace is trusted (MANDATE_TRUST_NAMESPACE=yes).'
    : 'Decisions count when they are proven, by a personal token or an answer by e-mail: the namespace is not trusted (MANDATE_TRUST_NAMESPACE=no).';
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
