import type { z } from 'zod';
import type { Draft } from '../../contract/draft.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Store } from '../../store/open.ts';
import type { ArtifactStore } from '../artifact-store.ts';

/** What the executor holds, and nobody else: where effects go, and with which credentials. */
export interface ExecutorSettings {
  /** Folder under which the `directory:` registries lie. */
  readonly registriesFolder: string;
  /** The webhook addresses that may be posted to: each with all below it. */
  readonly webhookUrls: readonly string[];
  /** Key of the webhooks' signatures, base64 behind `whsec_` as Standard Webhooks writes it. */
  readonly webhookSecret?: string | undefined;
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
 * effect throws is an unknown outcome.
 */
export type Acted = { readonly happened: JsonObject } | { readonly failed: string };

export type Witnessed = { readonly happened: JsonObject } | { readonly unknown: string };

/** One kind of side effect: what it takes, how it is carried out, and how one can see whether it happened. */
export interface KindDefinition<Target, Payload> {
  readonly target: z.ZodType<Target>;
  readonly payload: z.ZodType<Payload>;
  readonly reversible: boolean;
  /** One line for the people who are asked. */
  summarize(target: Target, payload: Payload): string;
  /** What keeps this kind from being carried out here (a credential, an allow-list), and what to do; else undefined. */
  obstacle(target: Target, settings: ExecutorSettings): string | undefined;
  act(context: EffectContext<Target, Payload>): Promise<Acted>;
  /** Looks up whether the effect happened. Not finding it proves nothing: an attempt may still be under way. */
  witness?(context: EffectContext<Target, Payload>): Promise<Witnessed>;
}
