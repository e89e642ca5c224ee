import { createTransport } from 'nodemailer';
import type { MailText } from '../../policy/approval-mail.ts';
import { Undeliverable } from '../channels/channel.ts';

export interface MailServer {
  /** `smtp://[user:password@]host[:port]` or `smtps://...`. */
  readonly smtpUrl: string;
  /** The one address that everything comes from. */
  readonly from: string;
}

export interface OutgoingMessage extends MailText {
  readonly to: string;
  /** With its angle brackets. The same message again has the same id, so that receivers can tell. */
  readonly messageId: string;
  readonly date: Date;
  /** Why nobody should answer it by machine. */
  readonly autoSubmitted: 'auto-generated' | 'auto-replied';
  /** Ids of messages that it belongs to, the one that it answers last. */
  readonly thread?: readonly string[];
}

export interface Mailer {
  /** Hands a message over to the server. Throws {@link Undeliverable} when it refuses for good. */
  send(message: OutgoingMessage): Promise<void>;
  /** Connects and logs in, and sends nothing. */
  check(): Promise<void>;
}

// Within one attempt's minute there must be an answer, or an end.
const CONNECT_MS = 10_000;
const SILENCE_MS = 40_000;
// Servers turn away who opens many connections at once.
const MAX_CONNECTIONS = 5;

export function createMailer({ smtpUrl, from }: MailServer): Mailer {
  const transport = createTransport({
    ...connectionOptions(smtpUrl),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    // What others wrote must not make it read anything.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const oneOfFew = atMost(MAX_CONNECTIONS);
  return {
    async send({ to, subject, text, messageId, date, autoSubmitted, thread = [] }) {
      const message = {
        from: { name: 'Mandate', address: from },
        to: { name: '', address: to },
        envelope: { from, to: [to] },
        subject,
        text,
        // Long lines stay whole.
        textEncoding: 'quoted-printable' as const,
        messageId,
        date,
        ...(thread.length === 0 ? {} : { inReplyTo: thread.at(-1), references: [...thread] }),
        headers: { 'Auto-Submitted': autoSubmitted, 'X-Auto-Response-Suppress': 'All' },
      };
      try {
        await oneOfFew(() => transport.sendMail(message));
      } catch (error) {
        throw refusalOf(error, to);
      }
    },
    async check() {
      await transport.verify();
    },
  };
}

function connectionOptions(smtpUrl: string): object {
  const { protocol, hostname, port, username, password } = new URL(smtpUrl);
  const secure = protocol === 'smtps:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const hasLogin = username !== '';
  return {
    host,
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    // A password goes over no wire in the clear.
    requireTLS: hasLogin && !secure && !LOOPBACK.test(host),
    ...(hasLogin ? { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } } : {}),
  };
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Runs at most so many at a time; the others wait for their turn. */
function atMost(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => void waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

/** What a server answers with 5xx is its last word; everything else may pass. */
function refusalOf(error: unknown, to: string): Error {
  const { responseCode, code, message } = error as { responseCode?: number; code?: string; message?: string };
  const why = responseCode === undefined ? (code ?? 'no answer') : (message ?? String(responseCode));
  const text = `The mail server did not take the message to ${to}: ${why}`;
  if (responseCode !== undefined && responseCode >= 500) return new Undeliverable(text, { cause: error });
  return new Error(text, { cause: error });
}
