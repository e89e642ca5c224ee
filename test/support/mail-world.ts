import { createTransport } from 'nodemailer';
import { SMTPServer } from 'smtp-server';
import type { AddressInfo } from 'node:net';
import { freePorts } from '../../src/dev/free-port.ts';
import { startDovecot } from './dovecot.ts';
import type { Dovecot } from './dovecot.ts';
import { startSmtpInbox } from './smtp-inbox.ts';
import type { SmtpInbox, TakenMessage } from './smtp-inbox.ts';
import { until } from './until.ts';

/** What somebody sends to the mailbox; what is left out is as an honest answer has it. */
export interface SentReply {
  /** Who the provider of the sender knows to have sent it; null for somebody without an account there. */
  readonly as: string | null;
  /** The From header. Default: the same. */
  readonly from?: string;
  readonly text?: string;
  readonly html?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Leaves the quotation of the answered message out. */
  readonly bare?: boolean;
  /** A whole message instead. */
  readonly raw?: string;
}

/** People, their provider, and a mailbox that Mandate reads: all of them real servers. */
export interface MailWorld {
  readonly dovecot: Dovecot;
  /** Takes what Mandate sends to people. */
  readonly people: SmtpInbox;
  /** The environment of a Mandate that writes to these people and reads this mailbox. */
  readonly env: Record<string, string>;
  /** Where the page is. */
  readonly page: string;
  /** Waits for the newest message to somebody, of those that `fits` names. */
  letterTo(address: string, fits?: (message: TakenMessage) => boolean): Promise<TakenMessage>;
  /** Answers a message as a mail client does. */
  answer(letter: TakenMessage, reply: SentReply): Promise<void>;
  /** Sends something that answers nothing. */
  send(reply: SentReply & { readonly text: string }): Promise<void>;
  close(): Promise<void>;
}

export const MAIL_SECRET = Buffer.alloc(32, 5).toString('base64');
const MAILBOX = 'approvals@mandate.example';
export const AUTHSERV_ID = 'mx.mandate.example';

export async function startMailWorld(): Promise<MailWorld> {
  const dovecot = await startDovecot();
  const people = await startSmtpInbox();
  const receiving = await startReceivingServer(dovecot);
  const [port = 0] = await freePorts(1);
  const page = `http://127.0.0.1:${port}`;

  const send = async (reply: SentReply, headers: Record<string, string>, quoted: string): Promise<void> => {
    const { as, from = as ?? 'nobody@elsewhere.example' } = reply;
    const envelope = { from: as ?? from.replace(/.*<|>.*/g, ''), to: MAILBOX };
    const transport = createTransport({
      host: '127.0.0.1',
      port: receiving.port,
      ignoreTLS: true,
      ...(as === null ? {} : { auth: { user: as, pass: 'theirs' } }),
    });
    await transport.sendMail({
      envelope,
      raw: reply.raw ?? `From: ${from}\r\n${await composed(reply, headers, quoted)}`,
    });
    transport.close();
  };

  return {
    dovecot,
    people,
    page,
    env: {
      MANDATE_SMTP_URL: people.url,
      MANDATE_MAIL_FROM: MAILBOX,
      MANDATE_MAIL_SECRET: MAIL_SECRET,
      MANDATE_MAIL_LINKS: page,
      MANDATE_IMAP_URL: dovecot.url,
      MANDATE_MAIL_AUTHSERV_ID: AUTHSERV_ID,
      MANDATE_MAIL_LISTEN: `127.0.0.1:${port}`,
    },
    letterTo: (address, fits = () => true) =>
      until(`a message to ${address}`, () =>
        people.messages.findLast((message) => message.to.includes(address) && fits(message)),
      ),
    async answer(letter, reply) {
      const { messageId = '', references } = letter.parsed;
      const thread = [references ?? [], messageId].flat().join(' ');
      const quotation = (letter.parsed.text ?? '').replaceAll(/^/gm, '> ');
      await send(
        reply,
        { 'In-Reply-To': messageId, References: thread },
        reply.bare === true ? '' : `On Monday Mandate wrote:\r\n${quotation}`,
      );
    },
    send: (reply) => send(reply, {}, ''),
    async close() {
      await Promise.all([people.close(), receiving.close(), dovecot.remove()]);
    },
  };
}

/** A message without its From, which is to be as raw as it was given. */
async function composed(
  { text, html, headers: more }: SentReply,
  headers: Record<string, string>,
  quoted: string,
): Promise<string> {
  const { message: buffer } = await createTransport({ streamTransport: true, buffer: true }).sendMail({
    envelope: { from: MAILBOX, to: MAILBOX },
    to: MAILBOX,
    subject: 'Re: a request',
    ...(text === undefined ? {} : { text: `${text}\r\n\r\n${quoted}` }),
    ...(html === undefined ? {} : { html }),
    headers: { ...headers, ...more },
  });
  return Buffer.from(buffer as Uint8Array).toString();
}

/**
 * The server that receives for the mailbox. It knows who logged in, which stands for the domain's own servers: for those
 * it tells that SPF passed, for all others that it failed.
 */
async function startReceivingServer(dovecot: Dovecot): Promise<{ port: number; close(): Promise<void> }> {
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    allowInsecureAuth: true,
    logger: false,
    onAuth: ({ username = '' }, _session, callback) => callback(null, { user: username }),
    onData(stream, session, callback) {
      const chunks: Uint8Array[] = [];
      stream.on('data', (chunk: Uint8Array) => void chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        const result = session.user !== undefined && session.user === from ? 'pass' : 'fail';
        const top = `Return-Path: <${from}>\r\nAuthentication-Results: ${AUTHSERV_ID};\r\n spf=${result} smtp.mailfrom=${from}\r\n`;
        void (async () => {
          try {
            await dovecot.deliver(Buffer.concat([Buffer.from(top), ...chunks]));
            callback();
          } catch (error) {
            callback(error as Error);
          }
        })();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}
