import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { draftKeyFile, readKeyFile } from '../activities/draft-key-file.ts';
import { parseDraftKeys } from '../activities/draft-keys.ts';
import { channelNames, createChannels } from '../activities/channels/channels.ts';
import { readConfig, storeLocation } from '../config.ts';
import type { Config } from '../config.ts';
import { examineDataFolder } from '../dev/data-folder.ts';
import { findEnvironment, hasLocalData } from '../dev/environment.ts';
import type { Environment } from '../dev/environment.ts';
import { isGiven } from '../dev/given-server.ts';
import { explicitBinary } from '../dev/temporal-binary.ts';
import { missingSearchAttributes } from '../dev/temporal-search-attributes.ts';
import { openStore } from '../store/open.ts';
import { ofNamespace } from '../unknown-namespace.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';
import { checkMailIn, checkMailOut } from './doctor-mail.ts';
import { checkToken, checkTrust } from './doctor-people.ts';

export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do about it. */
  readonly todo?: string;
}

type Found = Omit<Finding, 'check'>;

/** Looks at everything that a run needs here. Changes nothing, and starts nothing. */
export async function checkSetUp(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const node = await look('node', () => checkNode(process.versions.node));
  let config: Config;
  try {
    config = readConfig(env);
  } catch (error) {
    return [node, { check: 'settings', status: 'fail', detail: messageOf(error) }];
  }
  return [
    node,
    { check: 'settings', ...ok(`data folder ${config.dataFolder}`) },
    await look('data folder', () => checkDataFolder(config)),
    ...(await checkServer(config, env)),
    await look('temporal program', () => checkTemporalProgram(env)),
    await look('database', () => checkDatabase(config)),
    await look('executor', () => checkExecutor(config, env)),
    await look('draft key', () => checkDraftKey(config)),
    await look('web hooks', () => checkWebhooks(config)),
    await look('channels', () => checkChannels(config)),
    await look('mail out', () => checkMailOut(config.mail)),
    await look('mail in', () => checkMailIn(config.mail)),
    await look('trust', () => checkTrust(config, env)),
    ...(config.token === undefined ? [] : [await look('token', () => checkToken(config))]),
    await look('programs', () => checkPrograms(env)),
  ];
}

async function checkDataFolder({ dataFolder }: Config): Promise<Found> {
  if (!existsSync(dataFolder)) return ok(`none yet at ${dataFolder}; made with the first run`);
  const { todo } = await examineDataFolder(dataFolder);
  if (todo !== undefined) return warn(dataFolder, todo);
  await access(dataFolder, constants.R_OK | constants.W_OK | constants.X_OK);
  return ok(dataFolder);
}

async function checkTemporalProgram(env: NodeJS.ProcessEnv): Promise<Found> {
  const { TEMPORAL_CLI_PATH: given } = env;
  if (!given) return ok('found or fetched when an embedded server is brought up (TEMPORAL_CLI_PATH)');
  const { path: file, version } = await explicitBinary(given);
  return ok(`${file}, version ${version}`);
}

async function checkServer(config: Config, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  let environment: Environment | undefined;
  try {
    environment = await findEnvironment({ config, env });
  } catch (error) {
    return [{ check: 'server', status: 'fail', detail: messageOf(error) }];
  }
  if (environment === undefined) {
    return [{ check: 'server', ...ok('none is up; "mandate run" and "mandate dev" bring an embedded one up') }];
  }
  const { connection, namespace, address, source } = environment;
  try {
    return [
      await look('server', async () => {
        const { serverVersion } = await connection.workflowService.getSystemInfo({});
        return ok(`Temporal ${serverVersion} at ${address} (${source})`);
      }),
      await look('namespace', async () => {
        await ofNamespace(namespace, connection.workflowService.describeNamespace({ namespace }));
        return ok(namespace);
      }),
      await look('search attributes', async () => {
        const missing = await missingSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES);
        if (missing.length === 0) return ok('all registered');
        return fail(`missing: ${missing.map(([name]) => name).join(', ')}`, 'run: mandate migrate');
      }),
    ];
  } finally {
    await environment.close();
  }
}

async function checkDatabase(config: Config): Promise<Found> {
  const where = storeLocation(config);
  if ('file' in where && !existsSync(where.file)) {
    return hasLocalData(config)
      ? fail(`${where.file} is gone, though the server's data is there`, 'restore it from a backup')
      : ok('none yet; made with the first run');
  }
  const store = await openStore(where);
  try {
    await store.checkSchema();
    return ok(`${store.kind}, schema up to date`);
  } finally {
    await store.close();
  }
}

async function checkExecutor(config: Config, env: NodeJS.ProcessEnv): Promise<Found> {
  const where = storeLocation(config);
  if ('file' in where && !existsSync(where.file)) return ok('none yet; comes with the first run');
  const store = await openStore(where);
  try {
    const now = Date.now();
    const { alive, pause } = await store.executors.status({
      now: new Date(now).toISOString(),
      endedAfter: new Date(now - 60_000).toISOString(),
    });
    if (pause !== null) return warn(`paused by ${pause.by}: ${pause.reason}`, 'go on with: mandate executor resume');
    if (alive.length > 0) return ok(`${alive.length} alive`);
    if (!isGiven(env)) return ok('none is alive; "mandate run" and "mandate dev" bring one up');
    return warn('none is alive, so that approved drafts wait', 'run: mandate executor start');
  } finally {
    await store.close();
  }
}

async function checkDraftKey(config: Config): Promise<Found> {
  if (config.draftKeys !== undefined) {
    const { current, byId } = parseDraftKeys(config.draftKeys);
    return ok(`MANDATE_DRAFT_KEYS: ${current} signs, ${Object.keys(byId).length} verify`);
  }
  const file = draftKeyFile(config.dataFolder);
  if (!existsSync(file)) return ok('none yet; made with the first run of this machine');
  const { current, byId } = await readKeyFile(file);
  return ok(`${file}: ${current} signs, ${Object.keys(byId).length} verify`);
}

function checkNode(version: string): Found {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok(version);
  return fail(`${version} is too old`, 'install Node 20.19 or newer');
}

function checkChannels({ notifications }: Config): Found {
  const { defaults } = createChannels(notifications);
  return ok(`${channelNames(notifications).join(', ')}; by default operators are told over ${defaults.join(', ')}`);
}

function checkWebhooks({ webhookUrls, webhookSecret }: Config): Found {
  if (webhookUrls.length === 0) return ok('none allowed (MANDATE_WEBHOOK_URLS)');
  if (webhookSecret === undefined) {
    return fail(
      'MANDATE_WEBHOOK_URLS is set without MANDATE_WEBHOOK_SECRET',
      'make one with: echo whsec_$(openssl rand -base64 32)',
    );
  }
  const bare = webhookUrls.filter((url) => /^http:(?!\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]?)/.test(url));
  if (bare.length > 0) return warn(`not encrypted on the way: ${bare.join(', ')}`, 'use https://');
  return ok(webhookUrls.join(', '));
}

/** Programs that pipelines commonly call; only agents and checks that use them need them. */
async function checkPrograms(env: NodeJS.ProcessEnv): Promise<Found> {
  const missing: string[] = [];
  for (const program of ['node', 'tar', 'sh']) if (!(await isOnPath(program, env['PATH'] ?? ''))) missing.push(program);
  if (missing.length === 0) return ok('node, tar and sh are on the PATH');
  return warn(`not on the PATH: ${missing.join(', ')}`, 'install what your agents and checks call');
}

async function isOnPath(program: string, searchPath: string): Promise<boolean> {
  const tries = searchPath.split(path.delimiter).map((folder) => access(path.join(folder, program), constants.X_OK));
  return (await Promise.allSettled(tries)).some(({ status }) => status === 'fulfilled');
}

async function look(check: string, at: () => Found | Promise<Found>): Promise<Finding> {
  try {
    return { check, ...(await at()) };
  } catch (error) {
    return { check, status: 'fail', detail: messageOf(error) };
  }
}

function ok(detail: string): Found {
  return { status: 'ok', detail };
}

function warn(detail: string, todo: string): Found {
  return { status: 'warn', detail, todo };
}

function fail(detail: string, todo: string): Found {
  return { status: 'fail', detail, todo };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
