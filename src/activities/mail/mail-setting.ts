import { z } from 'zod';
import { EmailAddress } from '../../contract/principal.ts';

/** Compose and env files hand over what is not set as nothing. */
function optional<S extends z.ZodType>(schema: S) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema.optional()).optional();
}

const Secret = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43,}={0,2}$/, 'must be at least 32 bytes in base64; make one with: openssl rand -base64 32');

const Listen = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/, 'must be HOST:PORT, as 127.0.0.1:8025')
  .transform((text) => {
    const colon = text.lastIndexOf(':');
    return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
  })
  .refine(({ port }) => port <= 65_535, 'must have a port up to 65535');

const Links = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
  .refine((text) => {
    const { search, hash, username } = new URL(text);
    return search === '' && hash === '' && username === '';
  }, 'must have neither a query nor a user')
  .transform((text) => (text.endsWith('/') ? text : `${text}/`));

/** The settings of mail, both ways. None holds alone; src/mail-settings.ts says which belong together. */
export const MAIL_VARIABLES = {
  MANDATE_SMTP_URL: optional(z.url({ protocol: /^smtps?$/, error: 'must be smtp://... or smtps://...' })),
  MANDATE_MAIL_FROM: optional(EmailAddress),
  MANDATE_MAIL_SECRET: optional(Secret),
  MANDATE_MAIL_LINKS: optional(Links),
  MANDATE_IMAP_URL: optional(
    z.url({ protocol: /^imaps?$/, error: 'must be imap://user:password@host:port/MAILBOX, or imaps://...' }),
  ),
  MANDATE_MAIL_AUTHSERV_ID: optional(z.string().regex(/^[^\s;"()]+$/, 'must be the name of a server')),
  MANDATE_MAIL_LISTEN: optional(Listen),
};

const Settings = z.object(MAIL_VARIABLES);
type Variables = z.infer<typeof Settings>;

/** What is set of mail, whether it is enough or not. */
export interface MailSettings {
  readonly smtpUrl: string | undefined;
  readonly from: string | undefined;
  readonly secret: string | undefined;
  readonly links: string | undefined;
  readonly imapUrl: string | undefined;
  readonly authservId: string | undefined;
  readonly listen: { readonly host: string; readonly port: number } | undefined;
}

export function mailSettings(variables: Variables): MailSettings {
  return {
    smtpUrl: variables.MANDATE_SMTP_URL,
    from: variables.MANDATE_MAIL_FROM,
    secret: variables.MANDATE_MAIL_SECRET,
    links: variables.MANDATE_MAIL_LINKS,
    imapUrl: variables.MANDATE_IMAP_URL,
    authservId: variables.MANDATE_MAIL_AUTHSERV_ID,
    listen: variables.MANDATE_MAIL_LISTEN,
  };
}
