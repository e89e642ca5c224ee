import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { cachedPath, executableName, isExecutable, makeOnce, versionOf } from './temporal-cache.ts';
import { downloadWithSdk } from './temporal-download.ts';
import { buildWithGo } from './temporal-go-build.ts';
import { readPin, TEMPORAL_CLI } from './temporal-pin.ts';
import { WayFailed, type WayOptions } from './temporal-way.ts';

// It carries server 1.29, two minor versions before the pinned one: how far back is supported is drawn here, by judgement.
const OLDEST_ON_PATH = [1, 5] as const;

/** A `temporal` program that runs, and where it comes from. */
export interface TemporalBinary {
  readonly path: string;
  readonly source: 'TEMPORAL_CLI_PATH' | 'cache' | 'PATH' | 'download' | 'build';
  readonly version: string;
}

/** Where fetched and built programs are kept: MANDATE_CACHE, else `mandate` in the platform's cache folder of this user. */
export function defaultCacheFolder(env: NodeJS.ProcessEnv): string {
  if (env['MANDATE_CACHE']) return resolve(env['MANDATE_CACHE']);
  if (env['XDG_CACHE_HOME']) return join(env['XDG_CACHE_HOME'], 'mandate');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'mandate');
  if (process.platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'mandate');
  return join(homedir(), '.cache', 'mandate');
}

/**
 * Finds the `temporal` program to start a development server with; where there is none, fetches or builds the pinned one, once.
 * Tried in order: TEMPORAL_CLI_PATH, the cache, the PATH, the SDK's download, a build from Go modules.
 * Throws when TEMPORAL_CLI_PATH is of no use, or when no way works: the message then lists each way, why it failed and what to do.
 */
export async function resolveTemporalBinary(options: WayOptions): Promise<TemporalBinary> {
  const explicit = options.env['TEMPORAL_CLI_PATH'];
  if (explicit) return explicitBinary(explicit);

  const pin = await readPin();
  const path = cachedPath(options.cacheFolder, pin, TEMPORAL_CLI);
  const version = await versionOf(path);
  if (version) return { path, source: 'cache', version };

  const failures: WayFailed[] = [];
  const onPath = await attempt(failures, () => binaryOnPath(options.env));
  if (onPath) return onPath;
  const source = await makeOnce(TEMPORAL_CLI, path, options, async (target) => {
    if (await attempt(failures, () => downloadWithSdk(target, pin, options).then(() => true))) return 'download';
    if (await attempt(failures, () => buildWithGo(TEMPORAL_CLI, target, pin, options).then(() => true))) return 'build';
    throw nothingWorks(path, failures);
  });
  return { path, source, version: pin.cliVersion };
}

/** The program that TEMPORAL_CLI_PATH names. Throws when it is of no use. */
export async function explicitBinary(given: string): Promise<TemporalBinary> {
  const path = resolve(given);
  const version = (await isExecutable(path)) ? await versionOf(path) : undefined;
  if (version) return { path, source: 'TEMPORAL_CLI_PATH', version };
  throw new Error(
    `TEMPORAL_CLI_PATH is "${given}", which ${(await isExecutable(path)) ? 'prints no version when run with --version' : 'is not an executable file'}; ` +
      'set it to a `temporal` program, or unset it to have one found.',
  );
}

async function binaryOnPath(env: NodeJS.ProcessEnv): Promise<TemporalBinary> {
  const oldest = OLDEST_ON_PATH.join('.');
  const remedy = `Install Temporal CLI ${oldest} or newer (https://docs.temporal.io/cli).`;
  const path = await findOnPath(env);
  if (!path) throw new WayFailed('temporal on the PATH', 'there is none', remedy);
  const version = await versionOf(path);
  if (!version)
    throw new WayFailed('temporal on the PATH', `${path} prints no version when run with --version`, remedy);
  if (!isRecent(version)) {
    const reason = `${path} is version ${version}, older than ${oldest} (the first with server 1.29)`;
    throw new WayFailed('temporal on the PATH', reason, remedy);
  }
  return { path, source: 'PATH', version };
}

async function findOnPath(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const path = resolve(folder, executableName('temporal'));
    if (folder && (await isExecutable(path))) return path;
  }
  return undefined;
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST_ON_PATH[0] || (major === OLDEST_ON_PATH[0] && minor >= OLDEST_ON_PATH[1]);
}

async function attempt<T>(failures: WayFailed[], way: () => Promise<T>): Promise<T | undefined> {
  try {
    return await way();
  } catch (error) {
    if (!(error instanceof WayFailed)) throw error;
    failures.push(error);
    return undefined;
  }
}

function nothingWorks(path: string, failures: readonly WayFailed[]): Error {
  const ways = [
    ['TEMPORAL_ADDRESS', 'not set', 'Set it to the host:port of a running Temporal server to use that one.'],
    ['TEMPORAL_CLI_PATH', 'not set', 'Set it to a `temporal` program of your own.'],
    ['cache', `no program that runs at ${path}`, 'Filled by the last two ways; MANDATE_CACHE moves it.'],
    ...failures.map((failure) => [failure.way, failure.message, failure.remedy]),
  ];
  const list = ways.map(([way, reason, remedy]) => `  - ${way}: ${reason}. ${remedy}`).join('\n');
  return new Error(`No Temporal server can be started here. Make one of these ways work:\n${list}`, {
    cause: failures.at(-1),
  });
}
