import { once } from 'node:events';
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { openEnvironment } from '../dev/environment.ts';
import { isGiven } from '../dev/given-server.ts';
import { CommandError, usageError } from './errors.ts';
import { answer, remark } from './output.ts';
import { pairs } from '../policy/plain-text.ts';

export function addDevCommand(program: Command): void {
  program
    .command('dev')
    .description('bring up everything on this machine: Temporal server, store and workers, until Ctrl-C')
    .option('--json', 'one JSON document when it is up')
    .addHelpText('after', '\nExample:\n  mandate dev')
    .action(({ json = false }: { json?: boolean }) => dev(json));
}

async function dev(json: boolean): Promise<void> {
  if (isGiven(process.env)) {
    throw usageError(
      'TEMPORAL_ADDRESS (or a profile) names a server already; unset it, or run its workers with: mandate worker',
    );
  }
  const config = readConfig(process.env);
  const environment = await openEnvironment({ config, env: process.env, onProgress: remark });
  try {
    if (environment.source !== 'embedded') {
      throw new CommandError(
        'AlreadyRunning',
        `Another process has this data folder's server up, at ${environment.address}.`,
        {
          hint: 'Use that one, or end it first; another MANDATE_DATA is another world.',
        },
      );
    }
    // Before anybody is told that it may be ended.
    const ended = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    const { address, uiAddress } = environment;
    answer(json, { address, uiAddress, dataFolder: config.dataFolder }, () =>
      pairs([
        ['Temporal', address],
        ["Temporal's pages", uiAddress],
        ['data folder', config.dataFolder],
      ]),
    );
    remark('Ready; Ctrl-C ends it, and runs go on with the next one.');
    await ended;
    remark('Letting what has begun settle ...');
  } finally {
    await environment.close();
  }
}
