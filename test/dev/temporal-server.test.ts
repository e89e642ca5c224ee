import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { freePorts } from '../../src/dev/free-port.ts';
import { defaultCacheFolder, resolveTemporalBinary } from '../../src/dev/temporal-binary.ts';
import { startTemporalServer, type TemporalServer } from '../../src/dev/temporal-server.ts';
import { runScript } from '../support/child-script.ts';

let binary: string;
let folder: string;
const running: TemporalServer[] = [];

beforeAll(async () => {
  const { env } = process;
  const onProgress = (line: string): void => void process.stderr.write(`${line}\n`);
  binary = (await resolveTemporalBinary({ env, cacheFolder: defaultCacheFolder(env), onProgress })).path;
}, 600_000);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mandate-server-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  await rm(folder, { recursive: true });
});

async function start(options: Partial<Parameters<typeof startTemporalServer>[0]> = {}): Promise<TemporalServer> {
  const server = await startTemporalServer({ binary, uiPort: null, ...options });
  running.push(server);
  return server;
}

async function withClient<T>(
  server: TemporalServer,
  namespace: string,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect({ address: server.address });
  try {
    return await use(new Client({ connection, namespace }));
  } finally {
    await connection.close();
  }
}

async function accepts(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const socket = connect(Number(port), hostname);
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy());
}

test('the server answers as soon as it is started, in each namespace and with its UI, and is gone when stopped', async () => {
  const server = await startTemporalServer({ binary, namespaces: ['first', 'second'] });

  const ui = await fetch(server.uiAddress ?? '').finally(() => {});
  for (const namespace of ['default', 'first', 'second']) {
    await withClient(server, namespace, (client) => client.workflow.start('any', { taskQueue: 'q', workflowId: 'w' }));
  }
  await server.stop();
  await server.stop();

  expect(ui.status).toBe(200);
  expect(await accepts(server.address)).toBe(false);
});

test('workflows in the data file go on with the next server', async () => {
  const dataFile = join(folder, 'new', 'temporal.db');
  const first = await start({ dataFile });
  await withClient(first, 'default', (client) => client.workflow.start('any', { taskQueue: 'q', workflowId: 'kept' }));
  await first.stop();

  const second = await start({ dataFile });

  const found = await withClient(second, 'default', (client) => client.workflow.getHandle('kept').describe());
  expect(found.status.name).toBe('RUNNING');
});

test('search attributes are usable at once, also ones added to an existing data file', async () => {
  const dataFile = join(folder, 'temporal.db');
  const first = await start({ dataFile, searchAttributes: { Old: 'Keyword' } });
  await first.stop();

  const second = await start({
    dataFile,
    searchAttributes: { Old: 'Keyword', Added: 'KeywordList', When: 'Datetime' },
  });

  await withClient(second, 'default', async (client) => {
    const typedSearchAttributes = [
      { key: defineSearchAttributeKey('Old', 'KEYWORD'), value: 'a' },
      { key: defineSearchAttributeKey('Added', 'KEYWORD_LIST'), value: ['b', 'c'] },
      { key: defineSearchAttributeKey('When', 'DATETIME'), value: new Date() },
    ];
    await client.workflow.start('any', { taskQueue: 'q', workflowId: 'w', typedSearchAttributes });
    await vi.waitFor(
      async () => expect(await client.workflow.count('Old = "a" AND Added = "c"')).toMatchObject({ count: 1 }),
      60_000,
    );
  });
});

test('a search attribute of another type is an error that says what to do', async () => {
  const dataFile = join(folder, 'temporal.db');
  await (await start({ dataFile, searchAttributes: { Ours: 'Keyword' } })).stop();

  await expect(start({ dataFile, searchAttributes: { Ours: 'Int' } })).rejects.toThrow(
    /Search attribute "Ours" of namespace "default" is of type Keyword, but must be Int; remove it/,
  );
});

test('a server that ends at once is reported with its last lines', async () => {
  const dataFile = join(folder, 'not-a-database');
  await writeFile(dataFile, 'plain text, and long enough to be looked at by a database engine'.repeat(100));

  await expect(start({ dataFile })).rejects.toThrow(/ended before it answered\. Its last lines:\n.*not a database/s);
});

test('a port that the caller asked for and somebody else has is an error', async () => {
  const occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  const { port } = occupant.address() as AddressInfo;

  await expect(start({ port })).rejects.toThrow(/address already in use/);

  occupant.close();
});

test('a port that is taken between choosing and binding is replaced by another', async () => {
  // The program loses its port the first time, as the real one says it, and is the real one after that.
  const unlucky = join(folder, 'temporal');
  const said = "Error: can't set frontend port: listen tcp 127.0.0.1: bind: address already in use";
  await writeFile(
    unlucky,
    `#!/bin/sh\nif mkdir "${folder}/tried" 2>/dev/null; then echo "${said}" >&2; exit 1; fi\nexec "${binary}" "$@"\n`,
  );
  await chmod(unlucky, 0o755);

  const server = await start({ binary: unlucky });

  expect(await accepts(server.address)).toBe(true);
});

test('Ctrl-C leaves the server to its parent, and kill -9 of the parent ends it', async () => {
  const parent = runScript(
    `import { startTemporalServer } from '\${src}dev/temporal-server.ts';
    process.on('SIGINT', () => console.log('interrupted'));
    const server = await startTemporalServer({ binary: ${JSON.stringify(binary)}, uiPort: null });
    console.log(server.address);
    setInterval(() => {}, 1000);`,
  );
  const [address] = (await once(parent.stdout, 'data')).map((chunk) => String(chunk).trim());

  process.kill(-(parent.pid ?? 0), 'SIGINT');
  await once(parent.stdout, 'data');
  await sleep(500);
  const answersAfterInterrupt = await accepts(address ?? '');
  parent.kill('SIGKILL');

  expect(answersAfterInterrupt).toBe(true);
  await vi.waitFor(async () => expect(await accepts(address ?? '')).toBe(false), 60_000);
});

test('a parent that has nothing more to do is not kept by the server', async () => {
  const parent = runScript(
    `import { startTemporalServer } from '\${src}dev/temporal-server.ts';
    const server = await startTemporalServer({ binary: ${JSON.stringify(binary)}, uiPort: null });
    console.log(server.address);`,
  );

  const { stdout, exitCode } = await parent;

  expect(exitCode).toBe(0);
  await vi.waitFor(async () => expect(await accepts(stdout.trim())).toBe(false), 60_000);
});

test('the output goes to the log file that is asked for, and stays there', async () => {
  const logFile = join(folder, 'logs', 'temporal.log');

  await (await start({ logFile })).stop();

  expect(await readFile(logFile, 'utf8')).toContain('Temporal CLI');
});

test('free ports are distinct', async () => {
  const ports = await freePorts(20);

  expect(new Set(ports).size).toBe(20);
});
