import { BadConfiguration } from './config.ts';
import { givenText } from './given-text.ts';

// Status code of gRPC.
const NOT_FOUND = 5;

/** The server does not have the namespace that Temporal's own settings name. */
export function unknownNamespace(namespace: string, cause: unknown): BadConfiguration {
  return new BadConfiguration(
    `The Temporal server has no namespace ${givenText(namespace)}, ${whoNamesIt(process.env)}; correct that, or make the namespace ` +
      'with: temporal operator namespace create --namespace NAME, then: mandate migrate',
    { cause },
  );
}

/** What was asked about a namespace itself; {@link unknownNamespace} where the server does not find it. */
export async function ofNamespace<T>(namespace: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === NOT_FOUND) throw unknownNamespace(namespace, error);
    throw error;
  }
}

function whoNamesIt({ TEMPORAL_NAMESPACE: given = '', TEMPORAL_PROFILE: profile = '' }: NodeJS.ProcessEnv): string {
  if (given !== '') return 'which TEMPORAL_NAMESPACE names';
  if (profile !== '') return `which the profile ${givenText(profile)} names (TEMPORAL_PROFILE)`;
  return "which Temporal's configuration file names, or which is the default (TEMPORAL_NAMESPACE)";
}
