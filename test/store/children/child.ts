import { once } from 'node:events';

/** What this process was given to do. It says that it is ready, and begins when it is told. */
export async function given<Task>(): Promise<Task> {
  // Who wins is at stake here, not how long a busy machine takes: no store of this process loses its patience.
  performance.now = () => 0;
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  process.stdin.destroy();
  return JSON.parse(process.argv[2] ?? '') as Task;
}

export function answer(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
