import { postgresTrouble, TEST_DATABASE_URL } from './databases.ts';

let trouble: string | undefined;

/** Where PostgreSQL is missing, the tests on it do not run: CI fails for it, a developer is told at the end. */
export async function setup(): Promise<void> {
  trouble = await postgresTrouble();
  if (trouble !== undefined && process.env['CI'] !== undefined) throw new Error(notice(trouble));
}

export function teardown(): void {
  if (trouble !== undefined) process.stdout.write(`\n${notice(trouble)}\n`);
}

function notice(trouble: string): string {
  const { host, pathname } = new URL(TEST_DATABASE_URL);
  return `NOT RUN: the tests on PostgreSQL, since none answers at ${host}${pathname} (${trouble}). Start one there, or name another in TEST_DATABASE_URL.`;
}
