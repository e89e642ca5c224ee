import { existsSync } from 'node:fs';
import { storeLocation } from '../config.ts';
import type { Config } from '../config.ts';
import { isGiven } from '../dev/given-server.ts';
import { readPersonalToken } from '../policy/personal-token.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/open.ts';
import type { Finding } from './doctor-checks.ts';
import { tokenState } from './tokens-list.ts';

type Found = Omit<Finding, 'check'>;

/** Whether anybody can decide: the namespace is trusted, or somebody has a token that counts. */
export async function checkTrust(config: Config, env: NodeJS.ProcessEnv): Promise<Found> {
  const { trustNamespace = !isGiven(env) } = config;
  const holders = (await inStore(config, holdersIn)) ?? { people: 0, withToken: 0 };
  const people = `${holders.withToken} of ${holders.people} people with a valid token`;
  if (trustNamespace) {
    const why = config.trustNamespace === undefined ? 'as an embedded server does' : 'MANDATE_TRUST_NAMESPACE=yes';
    return { status: 'ok', detail: `whoever may signal decides in any name (${why}); ${people}` };
  }
  if (holders.withToken > 0) return { status: 'ok', detail: `decisions must be proven; ${people}` };
  return {
    status: 'warn',
    detail: `decisions must be proven (MANDATE_TRUST_NAMESPACE is not yes), and nobody has a valid token`,
    todo: 'run: mandate people add PERSON, then: mandate tokens create PERSON',
  };
}

/** Whether the token that is set here counts. */
export async function checkToken(config: Config): Promise<Found> {
  const id = readPersonalToken(config.token ?? '')?.id ?? '';
  const state = await inStore(config, async ({ tokens, principals }) => {
    const token = await tokens.get(id);
    if (token === undefined) return undefined;
    const owner = await principals.get(token.principal);
    return { owner: token.principal, state: tokenState(token, owner, new Date().toISOString()) };
  });
  if (state?.state === 'valid') return { status: 'ok', detail: `MANDATE_TOKEN is ${id} of ${state.owner}` };
  return {
    status: 'warn',
    detail: `MANDATE_TOKEN is ${id}, which this database ${state === undefined ? 'does not know' : `has as: ${state.state}`}`,
    todo: 'ask for another: mandate tokens create',
  };
}

async function holdersIn({ principals, tokens }: Store): Promise<{ people: number; withToken: number }> {
  const now = new Date().toISOString();
  const people = (await principals.list()).filter(({ kind, disabledAt }) => kind === 'person' && disabledAt === null);
  const byId = new Map(people.map((each) => [each.id, each]));
  const valid = (await tokens.list()).filter((each) => tokenState(each, byId.get(each.principal), now) === 'valid');
  return { people: people.length, withToken: new Set(valid.map(({ principal }) => principal)).size };
}

/** Undefined where there is no database yet. */
async function inStore<T>(config: Config, look: (store: Store) => Promise<T>): Promise<T | undefined> {
  const where = storeLocation(config);
  if ('file' in where && !existsSync(where.file)) return undefined;
  const store = await openStore(where);
  try {
    await store.checkSchema();
    return await look(store);
  } finally {
    await store.close();
  }
}
