import type { Store } from '../store/open.ts';
import type { ArtifactStore } from './artifact-store.ts';

/** What the role `agents` works with; neither the draft key nor a provider's credential is among it. */
export interface AgentDeps {
  readonly store: Store;
  readonly artifacts: ArtifactStore;
  /** Folder under which each stage of each run has its workspace. */
  readonly workspaces: string;
  /** The environment that agents' own is taken from, name by name. */
  readonly hostEnv: Readonly<Record<string, string | undefined>>;
}
