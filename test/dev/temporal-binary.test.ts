import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePorts } from '../../src/dev/free-port.ts';
import { defaultCacheFolder, resolveTemporalBinary, type TemporalBinary } from '../../src/dev/temporal-binary.ts';
import { cachedPath } from '../../src/dev/temporal-cache.ts';
import { readPin, TEMPORAL_CLI } from '../../src/dev/temporal-pin.ts';
import { fakeGo, fakeTemporal } from '../support/fake-programs.ts';
import { until } from '../support/until.ts';

let folder: string;
let bin: string;
let cacheFolder: string;
let progress: string[];
let noRoute: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mandate-binary-'));
  bin = join(folder, 'bin');
  cacheFolder = join(folder, 'cache');
  await mkdir(bin);
  progress = [];
  const [closedPort] = await freePorts(1);
  noRoute = `http://127.0.0.1:${closedPort}`;
});
afterEach(() => rm(folder, { recursive: true }));

function resolveHere(env: NodeJS.ProcessEnv = {}, signal?: AbortSignal): Promise<TemporalBinary> {
  return resolveTemporalBinary({
    env: { PATH: bin, HTTPS_PROXY: noRoute, HOME: folder, ...env },
    cacheFolder,
    onProgress: (line) => progress.push(line),
    signal,
  });
}

test('TEMPORAL_CLI_PATH comes before everything else', async () => {
  await fakeTemporal(bin);
  const path = await fakeTemporal(join(folder, 'mine'), 'temporal version 0.0.0-DEV (Server 1.32.0, UI 2.51.0)');

  const binary = await resolveHere({ TEMPORAL_CLI_PATH: path });

  expect(binary).toEqual({ path, source: 'TEMPORAL_CLI_PATH', version: '0.0.0-DEV' });
});

test('a TEMPORAL_CLI_PATH of no use is an error, although there are other ways', async () => {
  await fakeTemporal(bin);
  const silent = await fakeTemporal(join(folder, 'mine'), 'hello');

  await expect(resolveHere({ TEMPORAL_CLI_PATH: join(folder, 'nothing') })).rejects.toThrow(
    /TEMPORAL_CLI_PATH is ".*nothing", which is not an executable file; set it to/,
  );
  await expect(resolveHere({ TEMPORAL_CLI_PATH: silent })).rejects.toThrow(/prints no version when run with --version/);
});

test('the pinned program in the cache comes before the one on the PATH', async () => {
  await fakeTemporal(bin);
  const path = cachedPath(cacheFolder, await readPin(), TEMPORAL_CLI);
  await fakeTemporal(join(path, '..'), 'temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)');

  const binary = await resolveHere();

  expect(binary).toEqual({ path, source: 'cache', version: '1.8.2' });
});

test('the program on the PATH comes before fetching one', async () => {
  const path = await fakeTemporal(bin);
  await fakeGo(bin);

  const binary = await resolveHere();

  expect(binary).toEqual({ path, source: 'PATH', version: '1.6.2' });
});

test('without a route a program is built with Go, and found in the cache the next time', async () => {
  await fakeTemporal(bin, 'temporal version 1.4.9 (Server 1.28.0, UI 2.30.0)');
  await fakeGo(bin);

  const built = await resolveHere();
  const found = await resolveHere();

  expect(built).toMatchObject({ source: 'build', version: '1.8.2' });
  expect(found).toEqual({ ...built, source: 'cache' });
  expect(progress[0]).toBe(
    'Building the Temporal CLI from Go modules, once: 0 modules downloaded, 0 packages compiled, 0 s.',
  );
});

test('a cached program that does not run any more is built again', async () => {
  await fakeGo(bin);
  const { path } = await resolveHere();
  await writeFile(path, 'half a program');

  const binary = await resolveHere();

  expect(binary).toMatchObject({ path, source: 'build' });
});

test('when nothing works the error says of each way why, and what to do', async () => {
  await fakeTemporal(bin, 'temporal version 1.4.9 (Server 1.28.0, UI 2.30.0)');

  const began = Date.now();
  const failure = resolveHere().then(
    () => 'it worked',
    (error: Error) => error.message,
  );

  const lines = (await failure).split('\n');
  expect(lines).toEqual([
    'No Temporal server can be started here. Make one of these ways work:',
    expect.stringMatching(/- TEMPORAL_ADDRESS: not set\. Set it to/),
    expect.stringMatching(/- TEMPORAL_CLI_PATH: not set\. Set it to/),
    expect.stringMatching(/- cache: no program that runs at .*temporal\. /),
    expect.stringMatching(
      /- temporal on the PATH: .* is version 1\.4\.9, older than 1\.5 .*\. Install Temporal CLI 1\.5/,
    ),
    expect.stringMatching(/- download by the SDK: no connection to the proxy .*: ECONNREFUSED\. Allow/),
    expect.stringMatching(/- build with Go: `go` is not on the PATH\. Install Go 1\.26\.\d or newer/),
  ]);
  expect(Date.now() - began).toBeLessThan(60_000);
});

test('Go modules that are neither here nor reachable are given up at once', async () => {
  await fakeGo(bin, { offlineModules: false, goProxy: 'https://proxy.example,direct' });

  await expect(resolveHere()).rejects.toThrow(
    /build with Go: the Go modules are not on this machine, and no connection to the proxy .*GOPROXY/,
  );
});

test('a download that the proxy refuses is followed by the build', async () => {
  await fakeGo(bin);
  const proxy = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));

  const env = { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  const binary = await resolveHere(env).finally(() => proxy.close());

  expect(progress[0]).toMatch(/^Downloading the Temporal CLI 1\.8\.2, once: 0 MB, 0 s\.$/);
  expect(binary.source).toBe('build');
});

test('an aborted build leaves nothing behind and is not reported as a way that failed', async () => {
  const mayEnd = join(folder, 'may-end');
  await fakeGo(bin, { mayEnd });
  const abort = new AbortController();
  const resolving = resolveHere({}, abort.signal);
  resolving.catch(() => undefined);
  await until('the build', async () =>
    (await readFile(join(bin, 'builds.log'), 'utf8').catch(() => '')).includes('temporal'),
  );
  abort.abort(new Error('no longer wanted'));

  await expect(resolving).rejects.toThrow('no longer wanted');

  await writeFile(mayEnd, '');
  expect((await resolveHere()).source).toBe('build');
});

test('the cache is where the environment or the platform says', () => {
  expect(defaultCacheFolder({ MANDATE_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
  expect(defaultCacheFolder({ XDG_CACHE_HOME: '/b' })).toBe(join('/b', 'mandate'));
  expect(defaultCacheFolder({})).toMatch(/mandate$/);
});
