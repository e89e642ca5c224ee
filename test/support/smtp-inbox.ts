import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import type { ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';

/** A message that the server took. */
export interface TakenMessage {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly parsed: ParsedMail;
}

/** What the server says to the next message instead of taking it; `cut` breaks the connection after it was taken. */
export type Trouble = { readonly code: number; readonly text: string } | 'cut';

/** A real SMTP server in this process. */
export interface SmtpInbox {
  readonly url: string;
  readonly port: number;
  readonly messages: readonly TakenMessage[];
  /** Goes wrong with the next message, and with no other. */
  trouble(trouble: Trouble): void;
  /** Called with every message that is taken. */
  onMessage(handle: (message: TakenMessage) => Promise<void>): void;
  close(): Promise<void>;
}

/** Starts it without TLS and without a login, unless the options say otherwise. */
export async function startSmtpInbox(options: SMTPServerOptions = {}, port = 0): Promise<SmtpInbox> {
  const messages: TakenMessage[] = [];
  const troubles: Trouble[] = [];
  let handle: (message: TakenMessage) => Promise<void> = async () => undefined;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    allowInsecureAuth: true,
    logger: false,
    onData(stream, session, callback) {
      const chunks: Uint8Array[] = [];
      stream.on('data', (chunk: Uint8Array) => void chunks.push(chunk));
      stream.on('end', () => {
        void (async () => {
          const trouble = troubles.shift();
          if (trouble !== undefined && trouble !== 'cut') {
            callback(Object.assign(new Error(trouble.text), { responseCode: trouble.code }));
            return;
          }
          const raw = Buffer.concat(chunks);
          const { mailFrom, rcptTo } = session.envelope;
          const message = {
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw: raw.toString('latin1'),
            parsed: await simpleParser(raw),
          };
          messages.push(message);
          await handle(message);
          if (trouble === 'cut') for (const connection of server.connections) connection.close();
          else callback();
        })();
      });
    },
    ...options,
  });
  // Whoever breaks a connection off is what some tests are about.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: bound } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${bound}`,
    port: bound,
    messages,
    trouble: (trouble) => void troubles.push(trouble),
    onMessage(next) {
      handle = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}
