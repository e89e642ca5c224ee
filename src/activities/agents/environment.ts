import { isKeptName, KEPT_NAMES } from '../../contract/agent-environment.ts';

// Enough to find programs, write temporary files and print text; SystemRoot is what Windows programs cannot start without.
const ALWAYS_PASSED = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'SystemRoot'];

/**
 * The environment of an agent: a short list of harmless variables, and the ones that the pipeline names. A named
 * variable that the host does not have is left out.
 * Throws when a name is one that Mandate keeps its own credentials under.
 */
export function agentEnvironment(
  hostEnv: Readonly<Record<string, string | undefined>>,
  passThrough: readonly string[],
): Record<string, string> {
  const forbidden = passThrough.filter(isKeptName);
  if (forbidden.length > 0) {
    throw new Error(`An agent cannot be given the environment variable ${forbidden.join(', ')}: ${KEPT_NAMES}.`);
  }
  const environment: Record<string, string> = {};
  for (const name of [...ALWAYS_PASSED, ...passThrough]) {
    const value = hostEnv[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}
