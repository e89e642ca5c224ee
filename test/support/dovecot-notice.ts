import type { TestProject } from 'vitest/node';
import { dovecotTrouble } from './dovecot.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Why there is no mail server to test with; empty when there is one. */
    dovecotTrouble: string;
  }
}

let trouble: string | undefined;

/** Where dovecot is missing, the tests of mail do not run: CI fails for it, a developer is told at the end. */
export async function setup(project: TestProject): Promise<void> {
  trouble = await dovecotTrouble();
  project.provide('dovecotTrouble', trouble ?? '');
  if (trouble !== undefined && process.env['CI'] !== undefined) throw new Error(notice(trouble));
}

export function teardown(): void {
  if (trouble !== undefined) process.stdout.write(`\n${notice(trouble)}\n`);
}

function notice(why: string): string {
  return `NOT RUN: the tests of incoming mail, which need Debian's dovecot: ${why}.`;
}
