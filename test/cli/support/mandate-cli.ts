import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { until } from '../../support/until.ts';
import { built } from './built.ts';

export interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** One `mandate` that runs. */
export interface Running {
  readonly child: ReturnType<typeof spawnNode>;
  type(line: string): void;
  /** Waits until it has written this to standard error, and returns the match. */
  sees(pattern: RegExp): Promise<RegExpExecArray>;
  ended(): Promise<Ended>;
}

/** `mandate` on a data folder of its own, started as a person starts it. */
export interface Cli {
  readonly folder: string;
  readonly file: (name: string) => string;
  start(args: readonly string[], env?: Record<string, string>): Running;
  /** Runs it to its end with this on standard input, which is then closed. */
  run(args: readonly string[], options?: { input?: string; env?: Record<string, string> }): Promise<Ended>;
  /** The same, and parses the JSON document that is its answer. */
  json<T = Record<string, unknown>>(args: readonly string[], env?: Record<string, string>): Promise<T>;
  remove(): Promise<void>;
}

export async function openCli(common: Record<string, string> = {}): Promise<Cli> {
  const program = await built();
  const folder = await mkdtemp(join(tmpdir(), 'mandate-cli-'));
  const start: Cli['start'] = (args, env = {}) =>
    running([program, ...args], { ...bareEnvironment(folder), ...common, ...env });
  const run: Cli['run'] = (args, { input = '', env } = {}) => {
    const started = start(args, env);
    started.child.stdin.end(input);
    return started.ended();
  };
  return {
    folder,
    file: (name) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)),
    start,
    run,
    async json(args, env = {}) {
      const { stdout, stderr } = await run([...args, '--json'], { env });
      if (stdout === '') throw new Error(stderr);
      return JSON.parse(stdout);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

// Within what a test may take, so that a test which waits in vain still tells what it saw.
const SAYS_WITHIN_SECONDS = 120;

function running(args: readonly string[], env: Record<string, string>): Running {
  const child = spawnNode(args, env);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return {
    child,
    type: (line) => child.stdin.write(`${line}\n`),
    sees: (pattern) =>
      until(`it says ${pattern}`, () => pattern.exec(stderr) ?? undefined, SAYS_WITHIN_SECONDS).catch(
        (error: Error) => {
          throw new Error(`${error.message} It said:\n${stderr}`);
        },
      ),
    async ended() {
      const { exitCode, stdout, stderr: said } = await child;
      return { exitCode, stdout, stderr: said };
    },
  };
}

// Its type says which pipes there are.
// oxlint-disable-next-line typescript/explicit-function-return-type
function spawnNode(args: readonly string[], env: Record<string, string>) {
  return execa(process.execPath, args, { reject: false, extendEnv: false, env });
}

/** What a person's shell has, without the settings that the tests themselves may have been given. */
function bareEnvironment(folder: string): Record<string, string> {
  const kept = ['PATH', 'HOME', 'MANDATE_CACHE', 'XDG_CACHE_HOME', 'TEMPORAL_CLI_PATH'];
  const env = Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  return { ...env, MANDATE_DATA: folder, NO_COLOR: '1', TZ: 'UTC', LANG: 'C' };
}
