import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PHASES } from '../src/policy/phase.ts';
import { startTemporalServer } from '../src/dev/temporal-server.ts';
import type { BenchEnvironment } from './bench-environment.ts';
import type { Figure } from './figure.ts';
import { median } from './statistics.ts';

const PROGRAM = fileURLToPath(new URL('../bin/mandate.js', import.meta.url));
const BUILT = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const PIPELINE = fileURLToPath(new URL('./start-up.yaml', import.meta.url));

/** From calling `mandate run` on a fresh data folder to the first phase; beside it, an empty Node and a bare server. */
export async function measureStartUp({ folder, binaryPath }: BenchEnvironment, repeats: number): Promise<Figure> {
  const name = 'start-up of mandate run to the first phase';
  const bareTimes: number[] = [];
  const mandateTimes: number[] = [];
  if (!existsSync(BUILT)) {
    return { name, unit: 'ms', bare: undefined, mandate: undefined, note: 'not measured: run "npm run build" first' };
  }
  for (let repeat = 0; repeat < repeats; repeat++) {
    bareTimes.push(await timeBare(binaryPath, path.join(folder, `start-up-${repeat}.db`)));
    mandateTimes.push(await timeMandate(path.join(folder, `start-up-${repeat}`)));
  }
  return {
    name,
    unit: 'ms',
    bare: median(bareTimes),
    mandate: median(mandateTimes),
    note: 'bare is an empty Node process and an empty development server',
  };
}

async function timeBare(binary: string, dataFile: string): Promise<number> {
  const began = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  const server = await startTemporalServer({ binary, dataFile, uiPort: null });
  const elapsed = performance.now() - began;
  await server.stop();
  return elapsed;
}

async function timeMandate(dataFolder: string): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, [PROGRAM, 'run', PIPELINE, '--json'], {
    env: environment(dataFolder),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const errors: string[] = [];
  createInterface(child.stderr).on('line', (line) => errors.push(line));
  let elapsed: number | undefined;
  for await (const line of createInterface(child.stdout)) {
    if (PHASES.some((phase) => line.includes(phase))) elapsed ??= performance.now() - began;
  }
  const [code] = (await ended) as [number | null];
  if (elapsed === undefined) {
    throw new Error(`mandate run ended with exit code ${code} and told of no phase. It wrote:\n${errors.join('\n')}`);
  }
  return elapsed;
}

/** A user's on a fresh machine, which has the server's program in its cache already. */
function environment(dataFolder: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) =>
      !/^(MANDATE_|TEMPORAL_|DATABASE_URL)/.test(name) || name === 'MANDATE_CACHE' || name === 'TEMPORAL_CLI_PATH',
  );
  return { ...Object.fromEntries(own), MANDATE_DATA: dataFolder };
}
