import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export interface Child {
  /** Tells it to begin, and awaits its answer. */
  go(): Promise<unknown>;
}

/** Starts real processes on a task each, all waiting for the word. */
export function startChildren(program: string, tasks: readonly object[]): Promise<Child[]> {
  return Promise.all(tasks.map((task) => startChild(program, task)));
}

async function startChild(program: string, task: object): Promise<Child> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = execa(process.execPath, ['--import', 'tsx', path, JSON.stringify(task)]);
  const lines = child[Symbol.asyncIterator]();
  await lines.next();
  return {
    async go() {
      child.stdin.write('go\n');
      const { value } = await lines.next();
      await child;
      return JSON.parse(String(value));
    },
  };
}
