import type { MailSettings } from './activities/mail/mail-setting.ts';
import { BadConfiguration } from './config.ts';

/** What it takes to write to people. */
export interface OutgoingMail {
  readonly smtpUrl: string;
  readonly from: string;
  readonly secret: string;
  /** Of the page; ends in a slash. */
  readonly links?: string | undefined;
}

/** What it takes to take decisions from people: a mailbox, a page, or both. */
export interface IncomingMail {
  readonly secret: string;
  readonly mailbox?: { readonly url: string; readonly authservId: string };
  readonly listen?: { readonly host: string; readonly port: number };
}

/** How mail goes out; undefined where it is not configured. Throws {@link BadConfiguration} for half of it. */
export function outgoingMail({ smtpUrl, from, secret, links }: MailSettings): OutgoingMail | undefined {
  if (smtpUrl === undefined && from === undefined && links === undefined) return undefined;
  if (smtpUrl !== undefined && from !== undefined && secret !== undefined) return { smtpUrl, from, secret, links };
  throw incomplete('Mail to people', {
    MANDATE_SMTP_URL: smtpUrl,
    MANDATE_MAIL_FROM: from,
    MANDATE_MAIL_SECRET: secret,
  });
}

/** How mail comes in; undefined where it is not configured. Throws {@link BadConfiguration} for half of it. */
export function incomingMail({ imapUrl, authservId, listen, secret }: MailSettings): IncomingMail | undefined {
  if (imapUrl === undefined && authservId === undefined && listen === undefined) return undefined;
  const isHalf = (imapUrl === undefined) !== (authservId === undefined);
  if (secret === undefined || isHalf) {
    throw incomplete('The role mail', {
      ...(imapUrl === undefined && authservId === undefined
        ? {}
        : { MANDATE_IMAP_URL: imapUrl, MANDATE_MAIL_AUTHSERV_ID: authservId }),
      MANDATE_MAIL_SECRET: secret,
    });
  }
  return {
    secret,
    ...(imapUrl === undefined || authservId === undefined ? {} : { mailbox: { url: imapUrl, authservId } }),
    ...(listen === undefined ? {} : { listen }),
  };
}

function incomplete(what: string, needed: Readonly<Record<string, string | undefined>>): BadConfiguration {
  const missing = Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [name] : []));
  return new BadConfiguration(
    `${what} is half configured: ${missing.join(', ')} missing. Set all of ${Object.keys(needed).join(', ')}, or none; see docs/mail.md.`,
  );
}
