import { z } from 'zod';
import { Action } from '../../contract/action.ts';
import type { InboxItem } from '../../contract/approval-request.ts';
import { JsonObject } from '../../contract/json.ts';
import type { Notification } from '../../contract/notification.ts';
import { askingMail, endedMail, isAboutRequest } from '../../policy/approval-mail.ts';
import type { Store } from '../../store/open.ts';
import { addressOf } from '../mail/address-of.ts';
import { linkTo } from '../mail/link.ts';
import { createMailer } from '../mail/mailer.ts';
import type { MailServer } from '../mail/mailer.ts';
import { hashOfToken, mailSecret } from '../mail/mail-secret.ts';
import { Undeliverable } from './channel.ts';
import type { Channel } from './channel.ts';

export interface MailChannelSettings extends MailServer {
  /** Makes ids, codes and links: 32 bytes or more in base64. */
  readonly secret: string;
  /** Of the page that decides; without it messages have no links. */
  readonly links?: string | undefined;
}

/** Writes to people about requests, each a message of their own, which they may answer. */
export function mailChannel(
  settings: MailChannelSettings,
  { mails, principals }: Pick<Store, 'mails' | 'principals'>,
): Channel {
  const secret = mailSecret(settings.secret);
  const mailer = createMailer(settings);
  const domain = settings.from.slice(settings.from.lastIndexOf('@') + 1);
  return {
    personal: true,
    async deliver({ notification, to: person, time }) {
      const item = itemOf(notification);
      if (person === undefined) {
        throw new Undeliverable(
          `Channel mail writes to people, and ${notification.class} has nobody to write to; route it over log or a webhook.`,
        );
      }
      const address = await addressOf(principals, person);
      if (address === undefined) {
        throw new Undeliverable(
          `${person} has no e-mail address here, or is disabled; give one with: mandate people, or ask over another channel.`,
        );
      }

      const { id: notificationId, class: its, run } = notification;
      const { requestId, digest } = item;
      const subject = { notificationId, person, requestId, digest };
      const messageId = secret.messageId(subject, domain);
      const first = await mails.first(requestId, person);
      const common = {
        to: address,
        messageId,
        date: new Date(time),
        autoSubmitted: 'auto-generated' as const,
        ...(first === undefined || first === messageId ? {} : { thread: [first] }),
      };
      if (its === 'approval_ended') {
        await mailer.send({ ...common, ...endedMail(item, notification.message) });
        return;
      }

      const token = secret.token(subject);
      const link = settings.links === undefined ? undefined : linkTo(settings.links, secret, { ...subject, messageId });
      const text = askingMail(its, item, { token, link });
      // Before it is sent: an answer must find it, however fast it comes.
      await mails.put({
        messageId,
        notificationId,
        requestId,
        run,
        principal: person,
        address,
        subject: text.subject,
        digest,
        tokenHash: hashOfToken(token),
        sentAt: time,
      });
      await mailer.send({ ...common, ...text });
    },
  };
}

/** What must be there of a request for people to decide about it. */
const Item = z.looseObject({
  requestId: z.string(),
  title: z.string(),
  kind: z.string(),
  action: Action,
  context: JsonObject,
  digest: z.string(),
  digests: z.array(z.string()).min(1),
  irreversible: z.boolean(),
  requester: z.string(),
  approvers: z.array(z.string()),
  barred: z.array(z.string()),
  groups: z.array(z.string()),
  editable: z.array(z.string()),
  deadline: z.iso.datetime(),
  onTimeout: z.string(),
  needs: JsonObject,
  votes: z.array(z.looseObject({ by: z.string(), verdict: z.enum(['approve', 'reject']) })),
  status: z.string(),
});

function itemOf({ class: its, details }: Notification): InboxItem {
  if (!isAboutRequest(its)) {
    throw new Undeliverable(
      `Channel mail writes to people about requests for their decision, not about ${its}; route it over log or a webhook.`,
    );
  }
  const read = Item.safeParse(details);
  if (!read.success) throw new Undeliverable(`The details of this ${its} are no request that could be written about.`);
  return details as unknown as InboxItem;
}
