import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createArtifactStore } from '../../src/activities/artifact-store.ts';
import type { ExecutorSettings } from '../../src/activities/kinds/kind.ts';
import { readAction } from '../../src/activities/kinds/table.ts';
import type { ReadyAction, Surroundings } from '../../src/activities/kinds/table.ts';
import { readConfig } from '../../src/config.ts';
import type { Action } from '../../src/contract/action.ts';
import { digestOf } from '../../src/contract/canonical.ts';
import type { Draft } from '../../src/contract/draft.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/open.ts';

/** A store and the settings of an environment, in which kinds are called as the executor calls them. */
export interface KindContext {
  readonly store: Store;
  /** The context of one draft of this action. */
  around(action: Action, overrides?: Partial<Draft>): Surroundings;
  close(): Promise<void>;
}

export async function openKindContext(env: Record<string, string>): Promise<KindContext> {
  const folder = await mkdtemp(join(tmpdir(), 'mandate-kind-'));
  const store = await openStore({ file: join(folder, 'store.db') });
  await store.migrate();
  return {
    store,
    around: (action, overrides = {}) => ({
      draft: aDraftOf(action, overrides),
      store,
      artifacts: createArtifactStore(join(folder, 'artifacts')),
      settings: settingsOf(env),
      signal: AbortSignal.timeout(120_000),
    }),
    async close() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** As a worker makes them of its environment. */
export function settingsOf(env: Record<string, string>): ExecutorSettings {
  const { registriesFolder, webhookUrls, github, socialAccounts } = readConfig(env);
  return { registriesFolder, webhookUrls, github, socialAccounts };
}

/** The action, read by its kind, which must take it. */
export function ready(action: Action): ReadyAction {
  const read = readAction(action);
  if (!read.ok) throw new Error(read.reason);
  return read;
}

function aDraftOf(action: Action, overrides: Partial<Draft>): Draft {
  return {
    id: randomBytes(18).toString('base64url'),
    ...action,
    agent: 'agent-1',
    run: `run-${randomBytes(6).toString('hex')}`,
    createdAt: new Date(Date.now() - 60_000).toISOString(),
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
    digest: digestOf(action),
    keyId: 'k1',
    ...overrides,
  };
}
