import type { z } from 'zod';
import type { Draft } from '../../contract/draft.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { NonDelegable } from '../../contract/non-delegable.ts';
import type { Store } from '../../store/open.ts';
import type { ArtifactStore } from '../artifact-store.ts';
import type { GitHubSettings } from './github-settings.ts';
import type { NpmAccess } from './npm-access.ts';
import type { Lookup } from './reachable.ts';
import type { SocialAccount } from './social-accounts.ts';

/** What the executor holds, and nobody else: where effects go, and with which credentials. */
export interface ExecutorSettings {
  /** Folder under which the `directory:` registries lie. */
  readonly registriesFolder: string;
  /** The `npm:` registries that may be published to, and how. Default: none. */
  readonly npmRegistries?: readonly NpmAccess[] | undefined;
  /** The webhook addresses that may be posted to: each with all below it. */
  readonly webhookUrls: readonly string[];
  /** Key of the webhooks' signatures, base64 behind `whsec_` as Standard Webhooks writes it. */
  readonly webhookSecret?: string | undefined;
  /** Networks (CIDR) that names may lead to although they are private. Default: none. */
  readonly privateAddresses?: readonly string[] | undefined;
  /** How names are resolved. Default: as the system does. */
  readonly lookup?: Lookup | undefined;
  readonly github?: GitHubSettings | undefined;
  readonly socialAccounts?: readonly SocialAccount[] | undefined;
  /** Names of the notification channels that are configured. Default: the log alone. */
  readonly notifyChannels?: readonly string[] | undefined;
  /** Where a class goes whose route nobody has changed. Default: the log. */
  readonly notifyDefaults?: readonly string[] | undefined;
  /** The same for a class about approvals. Default: nowhere. */
  readonly notifyApprovals?: readonly string[] | undefined;
}

export interface EffectContext<Target, Payload> {
  readonly draft: Draft;
  readonly target: Target;
  readonly payload: Payload;
  readonly store: Store;
  readonly artifacts: ArtifactStore;
  readonly settings: ExecutorSettings;
  /** Fires when the effect's time is over. */
  readonly signal: AbortSignal;
}

/**
 * How an effect went. `failed` is for what certainly did nothing (refused, not found, no connection); anything else an
 * effect throws is an unknown outcome. `holdSeconds`: the provider asked to be left alone for so long.
 */
export type Acted =
  { readonly happened: JsonObject } | { readonly failed: string; readonly holdSeconds?: number | undefined };

export type Witnessed = { readonly happened: JsonObject } | { readonly unknown: string };

/** One kind of side effect: what it takes, how it is carried out, and how one can see whether it happened. */
export interface KindDefinition<Target, Payload> {
  readonly target: z.ZodType<Target>;
  readonly payload: z.ZodType<Payload>;
  readonly reversible: boolean;
  /** One line for the people who are asked. */
  summarize(target: Target, payload: Payload): string;
  /**
   * Whom an action goes to, where several providers serve one kind: a provider that asks to be left alone is, and
   * nobody else.
   */
  provider?(target: Target): string;
  /** The effects that nobody may delegate, found in target and payload: what the effect is, never what it is called. */
  nonDelegable(target: Target, payload: Payload): readonly NonDelegable[];
  /**
   * What keeps this action from being carried out here (a credential, an allow-list, bytes that are not there), and what
   * to do; else undefined. Looked at before anything is consumed.
   */
  obstacle(context: EffectContext<Target, Payload>): Promise<string | undefined>;
  act(context: EffectContext<Target, Payload>): Promise<Acted>;
  /** Looks up whether the effect happened. Not finding it proves nothing: an attempt may still be under way. */
  witness?(context: EffectContext<Target, Payload>): Promise<Witnessed>;
}
