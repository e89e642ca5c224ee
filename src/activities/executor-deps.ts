import type { LimitTerms } from '../store/limits.ts';
import type { Store } from '../store/open.ts';
import type { ArtifactStore } from './artifact-store.ts';
import type { DraftKeys } from './draft-keys.ts';
import type { Presence } from './executor-presence.ts';
import type { FounderKeys } from './founder-keys.ts';
import type { ExecutorSettings } from './kinds/kind.ts';

/** What the role `executor` works with: it alone holds the draft key and the providers' credentials. */
export interface ExecutorDeps {
  readonly store: Store;
  readonly artifacts: ArtifactStore;
  /** Read at each use: a rotated key counts at once. */
  readonly keys: () => Promise<DraftKeys>;
  /** Public keys by which founders attest what nobody may delegate. */
  readonly founderKeys: FounderKeys;
  readonly settings: ExecutorSettings;
  /** The limits in force; what is not configured lets everything pass. */
  readonly limits: LimitTerms;
  /** Counts what this process did. */
  readonly presence: Pick<Presence, 'count'>;
}
