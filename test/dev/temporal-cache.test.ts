import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePorts } from '../../src/dev/free-port.ts';
import { resolveTemporalBinary } from '../../src/dev/temporal-binary.ts';
import { cachedPath } from '../../src/dev/temporal-cache.ts';
import { readPin, TEMPORAL_CLI } from '../../src/dev/temporal-pin.ts';
import { runScript } from '../support/child-script.ts';
import { fakeGo } from '../support/fake-programs.ts';
import { until } from '../support/until.ts';

let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mandate-cache-'));
  const [closedPort] = await freePorts(1);
  env = { PATH: join(folder, 'bin'), HOME: folder, HTTPS_PROXY: `http://127.0.0.1:${closedPort}` };
  await fakeGo(join(folder, 'bin'));
});
afterEach(() => rm(folder, { recursive: true }));

test('two processes that need the program at once build it once', async () => {
  const mayEnd = join(folder, 'may-end');
  await fakeGo(join(folder, 'bin'), { mayEnd });
  const script = `
    import { resolveTemporalBinary } from '\${src}dev/temporal-binary.ts';
    const onProgress = (line) => console.error(line);
    const options = { env: ${JSON.stringify(env)}, cacheFolder: ${JSON.stringify(folder)}, onProgress };
    console.log(JSON.stringify(await resolveTemporalBinary(options)));`;

  const running = [runScript(script), runScript(script)];
  let said = '';
  for (const { stderr } of running) stderr.on('data', (chunk) => (said += String(chunk)));
  await until('one to wait for the other', () =>
    said.includes('Waiting for another process that is getting the Temporal CLI'),
  );
  await writeFile(mayEnd, '');
  const results = await Promise.all(running);

  const binaries = results.map((result) => JSON.parse(result.stdout) as { path: string; source: string });
  expect(binaries.map(({ source }) => source).sort()).toEqual(['build', 'cache']);
  expect(await readFile(join(folder, 'bin', 'builds.log'), 'utf8')).toBe(`${TEMPORAL_CLI.goPackage}\n`);
  expect((await readdir(dirname(binaries[0]?.path ?? ''))).sort()).toEqual(['lock', 'temporal']);
});

test('a builder that was killed keeps nobody waiting', async () => {
  const path = cachedPath(folder, await readPin(), TEMPORAL_CLI);
  const holder = runScript(`
    import { mkdir } from 'node:fs/promises';
    import { withFileLock } from '\${src}dev/lock.ts';
    await withFileLock(${JSON.stringify(join(dirname(path), 'lock'))}, {}, async () => {
      await mkdir(${JSON.stringify(join(dirname(path), 'making-half'))});
      console.log('held');
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`);
  await once(holder.stdout, 'data');
  const waited: string[] = [];
  const onProgress = (line: string): void => {
    waited.push(line);
    holder.kill('SIGKILL');
  };

  const binary = await resolveTemporalBinary({ env, cacheFolder: folder, onProgress });

  expect(waited[0]).toMatch(/^Waiting for another process/);
  expect(binary).toMatchObject({ path, source: 'build' });
  expect((await readdir(dirname(path))).sort()).toEqual(['lock', 'temporal']);
});
