import { createMandate } from '../client.ts';
import type { Mandate } from '../client.ts';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { findEnvironment, hasLocalData, openEnvironment } from '../dev/environment.ts';
import type { Environment } from '../dev/environment.ts';
import { CommandError } from './errors.ts';

/** A client, and the environment it works in. */
export interface Session {
  readonly mandate: Mandate;
  readonly environment: Environment;
  close(): Promise<void>;
}

/** The server that is up, or an embedded one for as long as this process lives. */
export async function openSession(config: Config, onProgress: (line: string) => void): Promise<Session> {
  return sessionOf(await openEnvironment({ config, env: process.env, onProgress }));
}

/** The server that is up already; undefined when there is none. */
export async function findSession(config: Config): Promise<Session | undefined> {
  const environment = await findEnvironment({ config, env: process.env });
  return environment && sessionOf(environment);
}

/**
 * Does a command's work with what is there already: a server that is up, or the data of one that was, for which an
 * embedded one is brought up quietly. Throws NothingHere where there is neither.
 */
export async function withSession<T>(work: (mandate: Mandate, environment: Environment) => Promise<T>): Promise<T> {
  const config = readConfig(process.env);
  const session = (await findSession(config)) ?? (await reopen(config));
  try {
    return await work(session.mandate, session.environment);
  } finally {
    await session.close();
  }
}

async function reopen(config: Config): Promise<Session> {
  if (!hasLocalData(config)) {
    throw new CommandError(
      'NothingHere',
      `Nothing here yet: no run was ever started with the data folder ${config.dataFolder}.`,
      {
        hint: 'Start one with: mandate run PIPELINE; or set TEMPORAL_ADDRESS or MANDATE_DATA to where the runs are.',
      },
    );
  }
  return openSession(config, () => undefined);
}

function sessionOf(environment: Environment): Session {
  return { mandate: createMandate(environment.client), environment, close: () => environment.close() };
}
