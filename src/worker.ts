import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { WorkflowClient } from '@temporalio/client';
import { Runtime, Worker } from '@temporalio/worker';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import {
  createAgentActivities,
  createApprovalActivities,
  createExecutorActivities,
  createMandateActivities,
  createNotifyActivities,
  createReplyActivities,
  createWorkerActivities,
} from './activities/index.ts';
import { createArtifactStore } from './activities/artifact-store.ts';
import { channelNames, createChannels } from './activities/channels/channels.ts';
import type { Channels } from './activities/channels/channels.ts';
import { mailChannel } from './activities/channels/mail-channel.ts';
import { draftKeyFile, keysOfFile } from './activities/draft-key-file.ts';
import { parseDraftKeys } from './activities/draft-keys.ts';
import type { DraftKeys } from './activities/draft-keys.ts';
import { parseFounderKeys } from './activities/founder-keys.ts';
import { verifyMail } from './activities/verify-mail.ts';
import { orBadConfiguration } from './config.ts';
import type { Config } from './config.ts';
import { incomingMail, outgoingMail } from './mail-settings.ts';
import { executorWorker, roleWorker } from './role-worker.ts';
import type { RoleWorker } from './role-worker.ts';
import type { LimitTerms } from './store/limits.ts';
import type { Store } from './store/open.ts';
import { startSweep } from './sweep.ts';
import { workflowBundle } from './workflow-bundle.ts';
import type { WorkflowBundle } from './workflow-bundle.ts';
import { TASK_QUEUES } from './workflows/task-queues.ts';

export const ROLES = ['worker', 'executor', 'agents', 'mail'] as const;
export type Role = (typeof ROLES)[number];
/** The roles that do activities, each with a task queue of its own. */
type WorkingRole = Exclude<Role, 'mail'>;

export interface WorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly config: Config;
  readonly store: Store;
  readonly roles: readonly Role[];
  /** Makes a draft key in the data folder when none is given; on a developer's machine only. */
  readonly makeDraftKey: boolean;
  /** The workflows' code, when it has been bundled already. Default: the build's bundle. */
  readonly bundle?: WorkflowBundle;
}

// What has begun settles before a process ends. An effect may take an hour, and its settlement some seconds more. An agent's
// turn may take hours, also because it waits for a person: it is stopped, and repeated elsewhere where it may be.
const SHUTDOWN_GRACE = { worker: '90 seconds', executor: '3630 seconds', agents: '1 second' } as const;

// Much longer than any takes. Node ends the whole process when a step of a workflow is cut off at the SDK's five seconds
// ("async hook stack has become corrupted"), which thousands of messages on a busy machine may need. The SDK takes it,
// and does not declare it.
const WORKFLOW_STEP = { isolateExecutionTimeout: '60 seconds' };

// An effect whose receiver does not answer keeps its place for up to an hour, and must leave room for the others.
const MAX_EFFECTS = 1_000;

/**
 * Throws {@link BadConfiguration} for settings that one of the roles could not work with. It needs nothing that is up, so
 * that it can be told before anything is brought up.
 */
export function requireSettings(roles: readonly Role[], { mail, notifications }: Config): void {
  if (roles.includes('mail')) incomingMail(mail);
  if (!roles.includes('worker')) return;
  outgoingMail(mail);
  orBadConfiguration(() => createChannels(notifications));
}

/**
 * The workers of the given roles, one for each; together they are what a process does. There is none for the role
 * `mail` where mail is not configured to come in.
 */
export async function createWorkers(options: WorkersOptions): Promise<RoleWorker[]> {
  const { config, roles, connection, namespace } = options;
  // What cannot be used is told before there is any worker: one that is made and never runs keeps its process.
  requireSettings(roles, config);
  if (roles.includes('executor')) await draftKeys(options)();
  const mail = roles.includes('mail') ? await createMailWorkers({ connection, namespace, config }) : [];
  const working = roles.filter((role) => role !== 'mail');
  const made = await Promise.allSettled(working.map((role) => createWorker(role, options)));
  const workers = made.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failed = made.find((each) => each.status === 'rejected');
  if (failed === undefined) return [...mail, ...workers];
  await Promise.allSettled(workers.map(discard));
  throw failed.reason;
}

/** Lets go of the connection and the store, which a worker that never runs would hold on to. */
async function discard(worker: RoleWorker): Promise<void> {
  const ended = worker.run();
  worker.shutdown('another worker of its process could not be made');
  await ended;
}

/** The worker of the role `mail` alone, which has no store; none where mail is not configured to come in. */
export async function createMailWorkers({
  connection,
  namespace,
  config,
}: Pick<WorkersOptions, 'connection' | 'namespace' | 'config'>): Promise<RoleWorker[]> {
  const incoming = incomingMail(config.mail);
  if (incoming === undefined) return [];
  // Its libraries are large, and every command would wait for them.
  const { mailWorker } = await import('./mail/mail-worker.ts');
  return [mailWorker({ connection, namespace, incoming })];
}

async function createWorker(role: WorkingRole, options: WorkersOptions): Promise<RoleWorker> {
  const { connection, namespace, config, store } = options;
  const common = {
    connection,
    namespace,
    taskQueue: TASK_QUEUES[role],
    shutdownGraceTime: SHUTDOWN_GRACE[role],
  } satisfies WorkerOptions;
  const artifacts = createArtifactStore(path.join(config.dataFolder, 'artifacts'));
  switch (role) {
    case 'worker': {
      const channels = channelsOf(options);
      return roleWorker(
        await Worker.create({
          ...common,
          workflowBundle: options.bundle ?? (await workflowBundle()),
          ...WORKFLOW_STEP,
          activities: {
            ...createWorkerActivities({ store, limits: limitTerms(config) }),
            ...createNotifyActivities({ store, channels }),
            ...createMandateActivities({ store, approvers: config.mandateApprovers }),
            ...createApprovalActivities({
              store,
              channels,
              trustNamespace: config.trustNamespace ?? false,
              verifyMail: (input) => verifyMail(input, store),
            }),
            ...createReplyActivities({ store, ...config.mail }),
          },
          ...(config.maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows: config.maxCachedWorkflows }),
        }),
        () =>
          startSweep({
            workflows: new WorkflowClient({ connection, namespace }),
            store,
            onTrouble: (trouble) =>
              Runtime.instance().logger.warn('a claim without a settlement could not be taken up', {
                trouble: String(trouble),
              }),
          }),
      );
    }
    case 'executor': {
      // Before anything tells that there is an executor.
      const keys = draftKeys(options);
      return executorWorker(store, async ({ presence, interceptors }) =>
        Worker.create({
          ...common,
          identity: presence.id,
          // The server must not think that an effect's executor is gone because its heartbeats were held back.
          maxHeartbeatThrottleInterval: '5 seconds',
          interceptors,
          maxConcurrentActivityTaskExecutions: MAX_EFFECTS,
          activities: {
            ...createExecutorActivities({
              store,
              artifacts,
              keys,
              founderKeys: config.founderKeys === undefined ? [] : parseFounderKeys(config.founderKeys),
              limits: limitTerms(config),
              presence,
              settings: {
                registriesFolder: config.registriesFolder,
                webhookUrls: config.webhookUrls,
                webhookSecret: config.webhookSecret,
                npmRegistries: config.npmRegistries,
                privateAddresses: config.privateAddresses,
                github: config.github,
                socialAccounts: config.socialAccounts,
                notifyChannels: channelNames(config.notifications),
                notifyDefaults: config.notifications.defaults,
                notifyApprovals: config.notifications.approvals.notify,
              },
            }),
          },
        }),
      );
    }
    case 'agents':
      return roleWorker(
        await Worker.create({
          ...common,
          // A heartbeat is how a cancellation arrives; the default would hold it back for most of a minute.
          maxHeartbeatThrottleInterval: '2 seconds',
          activities: {
            ...createAgentActivities({
              store,
              artifacts,
              workspaces: path.join(config.dataFolder, 'workspaces'),
              hostEnv: process.env,
            }),
          },
        }),
      );
  }
}

function channelsOf({ config, store }: WorkersOptions): Channels {
  const outgoing = outgoingMail(config.mail);
  return createChannels(config.notifications, outgoing && mailChannel(outgoing, store));
}

function limitTerms({ hardening }: Config): LimitTerms {
  return { limits: hardening, perAgent: hardening?.perAgent };
}

function draftKeys({ config, makeDraftKey }: WorkersOptions): () => Promise<DraftKeys> {
  if (config.draftKeys !== undefined) {
    const keys = parseDraftKeys(config.draftKeys);
    return async () => keys;
  }
  if (makeDraftKey) return keysOfFile(draftKeyFile(config.dataFolder));
  throw new Error(
    'The executor has no draft key; set MANDATE_DRAFT_KEYS to id:hex (make one with: openssl rand -hex 32).',
  );
}

// As a program (`node dist/worker.js`), this is a deployment's process. Not awaited, since it imports this module.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  void import('./worker-process.ts').then(({ runAsProgram }) => runAsProgram());
}
