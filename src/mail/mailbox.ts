import { setTimeout as sleep } from 'node:timers/promises';
import { ImapFlow } from 'imapflow';
import { MAX_BYTES } from './read-message.ts';

/** A message as it lies in the mailbox. */
export interface StoredMessage {
  /** Names it for as long as the mailbox lives: what else is called so is the same message. */
  readonly id: { readonly mailbox: string; readonly uidValidity: string; readonly uid: number };
  /** Whole, or its beginning where it has more than a mail may have. */
  readonly source: Uint8Array;
  readonly isWhole: boolean;
  readonly receivedAt: Date;
}

export interface MailboxOptions {
  readonly url: string;
  /** Takes a message; only then it is marked as seen. Thrown errors leave it for another time, and those behind it go on. */
  readonly take: (message: StoredMessage) => Promise<void>;
  readonly onTrouble: (trouble: unknown) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

// Servers tell of new mail by themselves (IDLE); this is for those that forget to.
const LOOK_EVERY_MS = 30_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
// Of a message that is too large only the headers count.
const HEAD_BYTES = 256_000;

/** Takes every unseen message of a mailbox, and waits for more, until it is ended. Connects again when it must. */
export async function watchMailbox(options: MailboxOptions): Promise<void> {
  const { signal, onTrouble } = options;
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    try {
      await watchOnce(options, () => {
        waitMs = FIRST_WAIT_MS;
      });
    } catch (error) {
      if (signal.aborted) return;
      onTrouble(error);
    }
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

/** Connects, opens the mailbox and closes the connection again. */
export async function checkMailbox(url: string): Promise<void> {
  const client = new ImapFlow(connectionOptions(url));
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.mailboxOpen(mailboxOf(url), { readOnly: true });
  } finally {
    await client.logout().catch(() => client.close());
  }
}

async function watchOnce({ url, take, onTrouble, signal }: MailboxOptions, onWell: () => void): Promise<void> {
  const client = new ImapFlow(connectionOptions(url));
  const end = (): void => client.close();
  let news: () => void = () => undefined;
  client.on('exists', () => news());
  const lost = new Promise<never>((_resolve, reject) => {
    client.on('error', reject);
    client.on('close', () => reject(new Error('The connection to the mail server was lost.')));
  });
  lost.catch(() => undefined);
  signal.addEventListener('abort', end, { once: true });
  try {
    await Promise.race([client.connect(), lost]);
    const { uidValidity } = await client.mailboxOpen(mailboxOf(url));
    const mailbox = nameOf(url);
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        news = resolve;
      });
      let untaken = 0;
      for (const uid of await unseen(client)) {
        const message = await fetchMessage(client, uid);
        if (message === undefined) continue;
        try {
          await take({ ...message, id: { mailbox, uidValidity: String(uidValidity), uid } });
        } catch (error) {
          // At once: where none can be taken, it may be long until the last of them was tried.
          if (untaken === 0) onTrouble(error);
          untaken += 1;
          continue;
        }
        await client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true });
        if (signal.aborted) return;
      }
      if (untaken > 0) throw new Error(`Of the messages ${untaken} could not be taken; they are tried again.`);
      onWell();
      // Ends by itself with the next command.
      void client.idle().catch(() => undefined);
      const over = new AbortController();
      try {
        await Promise.race([woken, lost, sleep(LOOK_EVERY_MS, undefined, { signal: over.signal })]);
      } finally {
        over.abort();
      }
    }
  } finally {
    signal.removeEventListener('abort', end);
    client.close();
  }
}

async function unseen(client: ImapFlow): Promise<number[]> {
  const found = await client.search({ seen: false, deleted: false }, { uid: true });
  return found || [];
}

async function fetchMessage(client: ImapFlow, uid: number): Promise<Omit<StoredMessage, 'id'> | undefined> {
  const about = await client.fetchOne(String(uid), { size: true, internalDate: true }, { uid: true });
  if (about === false) return undefined;
  const isWhole = (about.size ?? Number.POSITIVE_INFINITY) <= MAX_BYTES;
  const maxLength = isWhole ? MAX_BYTES : HEAD_BYTES;
  const fetched = await client.fetchOne(String(uid), { source: { start: 0, maxLength } }, { uid: true });
  if (fetched === false || fetched.source === undefined) return undefined;
  return { source: fetched.source, isWhole, receivedAt: new Date(about.internalDate ?? Date.now()) };
}

function connectionOptions(url: string): ConstructorParameters<typeof ImapFlow>[0] {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'imaps:';
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    port: port === '' ? (secure ? 993 : 143) : Number(port),
    secure,
    // A password goes over no wire in the clear.
    ...(secure || LOOPBACK.test(host) ? {} : { doSTARTTLS: true }),
    auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    logger: false,
    disableAutoIdle: true,
    maxIdleTime: 4 * LOOK_EVERY_MS,
    connectionTimeout: 15_000,
    greetingTimeout: 15_000,
    maxLiteralSize: 2 * MAX_BYTES,
  };
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

function mailboxOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1)) || 'INBOX';
}

/** Of the mailbox, without its password. */
function nameOf(url: string): string {
  const { host, username } = new URL(url);
  return `${username}@${host}/${mailboxOf(url)}`;
}
