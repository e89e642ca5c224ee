import { accessSync, constants } from 'node:fs';
import { loadClientConfig, loadClientConnectConfig } from '@temporalio/envconfig';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { BadConfiguration } from './config.ts';

/** The SDK's own default. */
export const DEFAULT_ADDRESS = 'localhost:7233';

/** Temporal's own settings, from its variables and its configuration file. Throws BadConfiguration. */
export function readTemporalSettings(env: NodeJS.ProcessEnv): ClientConnectConfig {
  const { TEMPORAL_CONFIG_FILE: file = '', TEMPORAL_PROFILE: profile = '' } = env;
  // The library takes a file that is not there for an empty one.
  if (file !== '') orBadConfiguration(`TEMPORAL_CONFIG_FILE names ${file}, which cannot be read`, () => read(file));
  const { profiles } = orBadConfiguration("Temporal's configuration file cannot be understood", () =>
    loadClientConfig({}),
  );
  if (profile !== '' && !Object.hasOwn(profiles, profile)) {
    const known = Object.keys(profiles).join(', ') || 'none';
    throw new BadConfiguration(
      `TEMPORAL_PROFILE names ${profile}, which Temporal's configuration file does not have; known: ${known}. ` +
        'Correct it, or unset it to use a server on this machine.',
    );
  }
  return orBadConfiguration("Temporal's own settings cannot be used", () => loadClientConnectConfig());
}

function read(file: string): void {
  accessSync(file, constants.R_OK);
}

function orBadConfiguration<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new BadConfiguration(`${what}: ${why}.`, { cause: error });
  }
}
