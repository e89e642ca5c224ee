import { tmpdir } from 'node:os';
import { execa, type ExecaError } from 'execa';
import { whyUnreachable } from './temporal-network.ts';
import { TEMPORAL_CLI, type TemporalPin, type TemporalProgram } from './temporal-pin.ts';
import { tellingProgress, WayFailed, type WayOptions } from './temporal-way.ts';

const WAY = 'build with Go';

/**
 * Builds one program of the pinned module to `target`. Go checks every module against the committed go.sum.
 * Throws WayFailed when there is no Go, the modules are neither on this machine nor reachable, or the build fails.
 */
export async function buildWithGo(
  program: TemporalProgram,
  target: string,
  pin: TemporalPin,
  options: WayOptions,
): Promise<void> {
  let downloaded = 0;
  let compiled = 0;
  const count = (line: string): void => {
    if (line.startsWith('go: downloading ')) downloaded++;
    else if (!line.startsWith('go: ')) compiled++;
  };
  const describe = (seconds: number): string =>
    `Building ${program.title} from Go modules, once: ${downloaded} modules downloaded, ` +
    `${compiled} packages compiled, ${seconds} s.`;

  await tellingProgress(options.onProgress, describe, async () => {
    await fetchModules(program, pin, options, count);
    const build = ['build', '-v', '-trimpath', '-ldflags', linkerFlags(program, pin), '-o', target];
    await runGo([...build, '-mod=readonly', program.goPackage], pin, options, count);
  });
}

/** Fetches what is missing on this machine; asks the network only then, so that a filled module cache builds offline. */
async function fetchModules(
  program: TemporalProgram,
  pin: TemporalPin,
  options: WayOptions,
  onLine: (line: string) => void,
): Promise<void> {
  const goProxy = await proxyOf(pin, options);
  const list = ['list', '-mod=readonly', '-deps', program.goPackage];
  try {
    return await runGo(list, pin, { ...options, env: { ...options.env, GOPROXY: 'off' } }, () => {});
  } catch (error) {
    if (!(error instanceof WayFailed)) throw error;
  }
  const unreachable = goProxy && (await whyUnreachable(goProxy, options.env, options.signal));
  if (unreachable) {
    throw new WayFailed(
      WAY,
      `the Go modules are not on this machine, and ${unreachable}`,
      'Connect to the network, or set GOPROXY (or HTTPS_PROXY) to a proxy that can be reached.',
    );
  }
  await runGo(list, pin, options, onLine);
}

// Asked outside the module's folder, where Go does not yet fetch the toolchain that go.mod wants.
async function proxyOf(pin: TemporalPin, options: WayOptions): Promise<string | undefined> {
  const { stdout } = await go(['env', 'GOPROXY'], tmpdir(), pin, options);
  return stdout.split(/[,|]/).find((entry) => entry.includes('://'));
}

async function runGo(
  args: readonly string[],
  pin: TemporalPin,
  options: WayOptions,
  onLine: (line: string) => void,
): Promise<void> {
  await go(args, pin.moduleFolder, pin, options, onLine);
}

async function go(
  args: readonly string[],
  cwd: string,
  pin: TemporalPin,
  options: WayOptions,
  onLine?: (line: string) => void,
): Promise<{ stdout: string }> {
  const lastLines: string[] = [];
  try {
    const running = execa('go', args, {
      cwd,
      env: { ...options.env, CGO_ENABLED: '0', GOWORK: 'off' },
      extendEnv: false,
      ...(options.signal && { cancelSignal: options.signal }),
    });
    for await (const line of running.iterable({ from: 'stderr' })) {
      onLine?.(line);
      lastLines.push(line);
      if (lastLines.length > 3) lastLines.shift();
    }
    return await running;
  } catch (error) {
    options.signal?.throwIfAborted();
    const missing = (error as ExecaError).code === 'ENOENT';
    throw new WayFailed(
      WAY,
      missing
        ? '`go` is not on the PATH'
        : `\`go ${args[0] ?? ''}\` failed: ${lastLines.join(' | ') || 'it said nothing'}`,
      `Install Go ${pin.goVersion} or newer (https://go.dev/dl).`,
      { cause: error },
    );
  }
}

function linkerFlags(program: TemporalProgram, pin: TemporalPin): string {
  const strip = '-s -w';
  if (program !== TEMPORAL_CLI) return strip;
  return `${strip} -X github.com/temporalio/cli/internal/temporalcli.Version=${pin.cliVersion}`;
}
