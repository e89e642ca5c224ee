import { z } from 'zod';
import { ChannelName, LOG_CHANNEL, MAIL_CHANNEL } from '../../contract/notification.ts';

const Entry = z.tuple(
  [
    ChannelName.refine(
      (name) => name !== LOG_CHANNEL && name !== MAIL_CHANNEL,
      `must be neither ${LOG_CHANNEL}, which is always there, nor ${MAIL_CHANNEL}, which writes to people`,
    ),
    z.url({ protocol: /^https?$/ }),
  ],
  'must be a name and an address, with a space between',
);

/** The setting of the webhook channels: `NAME URL,NAME URL`. */
export const WebhookChannels = z
  .string()
  .transform((list) =>
    list
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
      .map((entry) => entry.split(/\s+/)),
  )
  .pipe(z.array(Entry))
  .transform((entries) => entries.map(([name, url]) => ({ name, url })))
  .refine((channels) => new Set(channels.map(({ name }) => name)).size === channels.length, 'names a channel twice');
