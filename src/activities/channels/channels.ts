import { LOG_CHANNEL, MAIL_CHANNEL } from '../../contract/notification.ts';
import type { Channel } from './channel.ts';
import { logChannel } from './log-channel.ts';
import { webhookChannel } from './webhook-channel.ts';

export interface ChannelSettings {
  readonly webhooks: readonly { readonly name: string; readonly url: string }[];
  /** Signs deliveries; `whsec_` and a key in base64. */
  readonly secret?: string | undefined;
  /** Whether there is a channel that writes to people. */
  readonly mail: boolean;
  /** Where a class goes whose route nobody has changed. */
  readonly defaults: readonly string[];
}

export interface Channels {
  readonly byName: ReadonlyMap<string, Channel>;
  /** Those that write to each person alone: a delivery over one of them says to whom. */
  readonly personal: ReadonlySet<string>;
  readonly defaults: readonly string[];
}

/** The names of the channels that are configured; the log is always one. */
export function channelNames({ webhooks, mail }: Pick<ChannelSettings, 'webhooks' | 'mail'>): readonly string[] {
  return [LOG_CHANNEL, ...webhooks.map(({ name }) => name), ...(mail ? [MAIL_CHANNEL] : [])];
}

/**
 * The channels as configured; `mail` is what writes to people, where that is. Throws when they could not reach anyone,
 * so that this shows at the start.
 */
export function createChannels(settings: ChannelSettings, mail?: Channel): Channels {
  const { webhooks, secret, defaults } = settings;
  const known = channelNames(settings);
  const unknown = defaults.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `Alerts go to ${unknown.join(', ')}, which is not configured; channels here: ${known.join(', ')}. Add it to MANDATE_NOTIFY_WEBHOOKS, or name another.`,
    );
  }
  if (defaults.length === 0) throw new Error(`Alerts go to no channel; name one at least of: ${known.join(', ')}.`);
  if (webhooks.length > 0 && secret === undefined) {
    throw new Error(
      'MANDATE_NOTIFY_WEBHOOKS names channels, and there is no MANDATE_NOTIFY_SECRET to sign with; make one with: echo whsec_$(openssl rand -base64 32)',
    );
  }
  const named = webhooks.map(({ name, url }) => [name, webhookChannel(name, url, secret ?? '')] as const);
  const personal = mail === undefined ? [] : [[MAIL_CHANNEL, mail] as const];
  return {
    byName: new Map([[LOG_CHANNEL, logChannel], ...named, ...personal]),
    personal: new Set([MAIL_CHANNEL]),
    defaults,
  };
}
