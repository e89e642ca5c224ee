import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./receiver-program.ts', import.meta.url));

export interface ReceiverSettings {
  readonly file: string;
  readonly secret: string;
}

/** A line of the receiver's file. `taken` is the effect: the receiver has the delivery, whatever it answers. */
export interface Arrival {
  readonly id: string;
  readonly what: 'arrived' | 'taken' | 'forged';
}

/** What the receiver saw of one delivery id. */
export interface Received {
  readonly arrived: number;
  readonly taken: number;
  readonly forged: number;
}

export const NOTHING: Received = { arrived: 0, taken: 0, forged: 0 };

export interface Receiver {
  readonly url: string;
  /** What has arrived so far, by the delivery's id. */
  counts(): Promise<ReadonlyMap<string, Received>>;
  close(): Promise<void>;
}

/** Starts the receiver in a process of its own. It ends with this one, and not before. */
export async function startReceiver(settings: ReceiverSettings): Promise<Receiver> {
  await writeFile(settings.file, '');
  const child = fork(PROGRAM, [JSON.stringify(settings)], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ended = once(child, 'exit');
  const [port] = (await Promise.race([once(child, 'message'), ended.then(failed)])) as [number];
  return {
    url: `http://127.0.0.1:${port}`,
    async counts() {
      const counts = new Map<string, Received>();
      for (const line of (await readFile(settings.file, 'utf8')).split('\n').slice(0, -1)) {
        const { id, what } = JSON.parse(line) as Arrival;
        const before = counts.get(id) ?? NOTHING;
        counts.set(id, { ...before, [what]: before[what] + 1 });
      }
      return counts;
    },
    async close() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

function failed(): never {
  throw new Error('The receiver ended by itself; see its output above.');
}
