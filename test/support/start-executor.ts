import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Mandate } from './mandate.ts';
import { until } from './until.ts';

const PROGRAM = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** The draft key that executors of a test share, since each is a process of its own. */
export const DRAFT_KEYS = { MANDATE_DRAFT_KEYS: `test:${'ab'.repeat(32)}` };

/** `mandate executor start --foreground`, from the sources. */
export interface ChildExecutor {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  says(pattern: RegExp): Promise<unknown>;
  ended(): Promise<{ readonly exitCode: number | undefined; readonly stderr: string }>;
}

/** Starts an executor for a Mandate whose environment had {@link DRAFT_KEYS}; resolves when it works. */
export async function startExecutor(mandate: Mandate, env: Record<string, string>): Promise<ChildExecutor> {
  const child = execa(process.execPath, ['--import', 'tsx', PROGRAM, 'executor', 'start', '--foreground'], {
    reject: false,
    extendEnv: false,
    env: {
      PATH: process.env['PATH'] ?? '',
      TEMPORAL_ADDRESS: mandate.address,
      TEMPORAL_NAMESPACE: mandate.namespace,
      MANDATE_DATA: mandate.folder,
      ...DRAFT_KEYS,
      ...env,
    },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  let ended = false;
  void child.finally(() => {
    ended = true;
  });
  const says = (pattern: RegExp): Promise<unknown> =>
    until(
      `the executor to say ${pattern}`,
      () => {
        if (pattern.test(said)) return true;
        if (ended) throw new Error(`The executor ended: ${said}`);
        return undefined;
      },
      120,
    );
  await says(/^Working as executor/m);
  return {
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    says,
    async ended() {
      const { exitCode, stderr } = await child;
      return { exitCode, stderr };
    },
  };
}
