import type { StoredArtifact } from '../contract/agent.ts';
import type { Json } from '../contract/json.ts';
import type { Scope } from '../policy/template.ts';

interface Surroundings {
  readonly runId: string;
  readonly requester: string;
  readonly inputs: { readonly [name: string]: Json };
}

/** What the templates of a command may name where it runs. */
export function scopeOf({ runId, requester, inputs }: Surroundings, artifacts: readonly StoredArtifact[]): Scope {
  return {
    inputs,
    run: { id: runId, requester },
    artifacts: Object.fromEntries(artifacts.map(({ name, path }) => [name, path])),
  };
}
