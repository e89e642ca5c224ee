import type { Config } from '../config.ts';
import { isGiven } from '../dev/given-server.ts';
import type { Store } from '../store/open.ts';
import type { Finding } from './doctor-checks.ts';
import { ownedToken } from './token-owner.ts';
import { tokenState } from './tokens-list.ts';
import { howToMakeOne, inStore, missingStore } from './with-store.ts';

type Found = Omit<Finding, 'check'>;

/** Whether anybody can decide: the namespace is trusted, or somebody has a token that counts. */
export async function checkTrust(config: Config, env: NodeJS.ProcessEnv): Promise<Found> {
  const { trustNamespace } = config;
  const holders = (await inStore(config, holdersIn)) ?? { people: 0, withToken: 0 };
  const people = `${holders.withToken} of ${holders.people} people with a valid token`;
  if (isGiven(env)) {
    // What counts is set where the worker is, and this environment may be another one.
    return {
      status: 'ok',
      detail: `MANDATE_TRUST_NAMESPACE of the worker says whether decisions must be proven; ${people}`,
    };
  }
  if (trustNamespace !== false) {
    const why = trustNamespace === undefined ? 'as an embedded server does' : 'MANDATE_TRUST_NAMESPACE=yes';
    return { status: 'ok', detail: `whoever may signal decides in any name (${why}); ${people}` };
  }
  if (holders.withToken > 0) return { status: 'ok', detail: `decisions must be proven; ${people}` };
  const add = 'mandate people add PERSON, then: mandate tokens create PERSON';
  return {
    status: 'warn',
    detail: `decisions must be proven (MANDATE_TRUST_NAMESPACE is not yes), and nobody has a valid token`,
    todo:
      missingStore(config) === undefined
        ? `run: ${add}`
        : `${howToMakeOne(env)} makes the database; after it, run: ${add}`,
  };
}

/** Whether the token that is set here counts. */
export async function checkToken(config: Config): Promise<Found> {
  const { id, known } = await ownedToken(config);
  if (known?.state === 'valid') return { status: 'ok', detail: `MANDATE_TOKEN is ${id} of ${known.owner}` };
  return {
    status: 'warn',
    detail: `MANDATE_TOKEN is ${id}, which this database ${known === undefined ? 'does not know' : `has as: ${known.state}`}`,
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
