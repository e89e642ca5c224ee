import { LOG_CHANNEL, MAIL_CHANNEL } from '../../contract/notification.ts';
import type { Priority } from '../../contract/priority.ts';
import type { Channel } from './channel.ts';
import { logChannel } from './log-channel.ts';
import { webhookChannel } from './webhook-channel.ts';

export interface ChannelSettings {
  readonly webhooks: readonly { readonly name: string; readonly url: string }[];
  /** Signs deliveries; `whsec_` and a key in base64. */
  readonly secret?: string | undefined;
  /** What the channel that writes to people depends on, its server; undefined where there is no such channel. */
  readonly mail?: string | undefined;
  /** Where a class goes whose route nobody has changed. */
  readonly defaults: readonly string[];
  /** The same for what those are told who are asked to decide. They find it in their inbox too, so it may be nowhere. */
  readonly approvals: ApprovalChannels;
}

export interface ApprovalChannels {
  readonly notify: readonly string[];
  /** By priority: over how many independent channels a request has to go. */
  readonly requireChannels: { readonly [P in Priority]?: number };
}

export interface Channels {
  readonly byName: ReadonlyMap<string, Channel>;
  readonly defaults: readonly string[];
  readonly approvals: ApprovalChannels;
  /** What a channel depends on, by name; the log is not among them, since it reaches nobody. */
  readonly ways: { readonly [channel: string]: string };
}

/** The names of the channels that are configured; the log is always one. */
export function channelNames({ webhooks, mail }: Pick<ChannelSettings, 'webhooks' | 'mail'>): readonly string[] {
  return [LOG_CHANNEL, ...webhooks.map(({ name }) => name), ...(mail === undefined ? [] : [MAIL_CHANNEL])];
}

/**
 * The channels as configured; `mail` is what writes to people, where that is. Throws when they could not reach anyone,
 * so that this shows at the start.
 */
export function createChannels(settings: ChannelSettings, mail?: Channel): Channels {
  const { webhooks, secret, defaults, approvals } = settings;
  const known = channelNames(settings);
  const unknown = [...defaults, ...approvals.notify].filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `Notifications go to ${unknown.join(', ')}, which is not configured; channels here: ${known.join(', ')}. ${unknown.includes(MAIL_CHANNEL) ? 'mail needs MANDATE_SMTP_URL and what belongs to it' : 'Add it to MANDATE_NOTIFY_WEBHOOKS'}, or name another.`,
    );
  }
  if (defaults.length === 0) throw new Error(`Alerts go to no channel; name one at least of: ${known.join(', ')}.`);
  if (webhooks.length > 0 && secret === undefined) {
    throw new Error(
      'MANDATE_NOTIFY_WEBHOOKS names channels, and there is no MANDATE_NOTIFY_SECRET to sign with; make one with: echo whsec_$(openssl rand -base64 32)',
    );
  }
  const named = webhooks.map(({ name, url }) => [name, webhookChannel(name, url, secret ?? '')] as const);
  const ways = Object.fromEntries([
    ...webhooks.map(({ name, url }) => [name, new URL(url).hostname]),
    ...(settings.mail === undefined ? [] : [[MAIL_CHANNEL, settings.mail]]),
  ]) as Channels['ways'];
  const personal = mail === undefined ? [] : [[MAIL_CHANNEL, mail] as const];
  requireReachable(approvals, ways);
  return { byName: new Map([[LOG_CHANNEL, logChannel], ...named, ...personal]), defaults, approvals, ways };
}

/** How many of these channels are independent of each other. */
export function independent(channels: readonly string[], ways: Channels['ways']): number {
  return new Set(channels.flatMap((name) => ways[name] ?? [])).size;
}

function requireReachable({ requireChannels }: ApprovalChannels, ways: Channels['ways']): void {
  const there = independent(Object.keys(ways), ways);
  for (const [priority, required] of Object.entries(requireChannels)) {
    if (required <= there) continue;
    throw new Error(
      `Requests of priority ${priority} have to go over ${required} independent channels (approvals.requireChannels), and ${there} are configured; configure more, or require fewer.`,
    );
  }
}
