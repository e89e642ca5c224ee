import { defineConfig } from 'vitest/config';

// No server is needed for these; the second Node version in CI runs them alone.
const UNIT = ['test/{contract,policy,vectors,docs,docker,bench,soak}/**/*.test.ts', 'test/*.test.ts'];

export default defineConfig({
  test: {
    // Each file may start workers of its own with native threads: forks keep them apart, and two cores do not gain from more.
    pool: 'forks',
    maxWorkers: 2,
    // For a machine that is busy with other work; what hangs is found out all the same.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    projects: [
      { extends: true, test: { name: 'unit', include: UNIT } },
      {
        extends: true,
        test: {
          name: 'server',
          include: ['test/**/*.test.ts'],
          exclude: UNIT,
          globalSetup: [
            'test/support/temporal-setup.ts',
            'test/support/postgres-notice.ts',
            'test/support/dovecot-notice.ts',
          ],
        },
      },
    ],
  },
});
