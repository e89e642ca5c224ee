import type { Command } from 'commander';
import { readConfig, storeLocation } from '../config.ts';
import { prepareDataFolder } from '../dev/data-folder.ts';
import { findEnvironment } from '../dev/environment.ts';
import { registerSearchAttributes } from '../dev/temporal-search-attributes.ts';
import { openStore } from '../store/open.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';
import { answer, remark } from './output.ts';

export function addMigrateCommand(program: Command): void {
  program
    .command('migrate')
    .description("bring the database's schema and the namespace's search attributes up to date; safe to repeat")
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  DATABASE_URL=postgres://... TEMPORAL_ADDRESS=temporal:7233 mandate migrate')
    .action(async ({ json = false }: { json?: boolean }) => {
      const migrations = await migrateStore();
      const namespace = await registerInNamespace();
      answer(json, { migrations, ...(namespace === undefined ? {} : { namespace }) }, () =>
        [
          migrations.length === 0
            ? 'The database is up to date.'
            : `Applied to the database: ${migrations.join(', ')}.`,
          namespace === undefined
            ? 'No server is up; an embedded one registers the search attributes itself.'
            : `Namespace ${namespace} has the search attributes.`,
        ].join('\n'),
      );
    });
}

async function migrateStore(): Promise<readonly string[]> {
  const config = readConfig(process.env);
  const where = storeLocation(config);
  if ('file' in where) await prepareDataFolder(config.dataFolder, remark);
  const store = await openStore(where);
  try {
    return (await store.migrate()).applied;
  } finally {
    await store.close();
  }
}

async function registerInNamespace(): Promise<string | undefined> {
  const environment = await findEnvironment({ config: readConfig(process.env), env: process.env });
  if (environment === undefined) return undefined;
  const { connection, namespace } = environment;
  try {
    await registerSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES);
    return namespace;
  } finally {
    await environment.close();
  }
}
