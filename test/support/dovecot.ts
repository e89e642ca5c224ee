import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { ImapFlow } from 'imapflow';
import { freePorts } from '../../src/dev/free-port.ts';
import { spawnServer } from '../../src/dev/temporal-process.ts';
import { until } from './until.ts';

/** A real IMAP server on loopback, with one user and an empty mailbox. */
export interface Dovecot {
  readonly port: number;
  /** Of the user's INBOX. */
  readonly url: string;
  /** Puts a message into the mailbox, as a receiving server does. */
  deliver(raw: string | Buffer, receivedAt?: Date): Promise<void>;
  /** Messages that nobody has marked as seen. */
  unseen(): Promise<number>;
  /** Messages in all. */
  count(): Promise<number>;
  stop(): Promise<void>;
  /** Starts it again, at the same port and with the same mail. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

const INSTALL_MS = 240_000;
// Debian's user without rights: dovecot gives nobody's mail to root.
const NOBODY = 65_534;

/** Why dovecot cannot be used, after it was installed where that can be done; undefined when it can. */
export async function dovecotTrouble(): Promise<string | undefined> {
  if ((await version()) === undefined && process.getuid?.() === 0) await install();
  const found = await version();
  if (found === undefined) return 'there is none; install it with: apt-get install dovecot-imapd';
  return found.startsWith('2.3.') ? undefined : `there is version ${found}; the set-up knows 2.3`;
}

async function version(): Promise<string | undefined> {
  const { stdout, exitCode } = await execa('dovecot', ['--version'], { reject: false });
  return exitCode === 0 ? stdout : undefined;
}

async function install(): Promise<void> {
  const options = { reject: false, timeout: INSTALL_MS, env: { DEBIAN_FRONTEND: 'noninteractive' } } as const;
  process.stderr.write('Installing dovecot-imapd, once\n');
  await execa('apt-get', ['update', '-q'], options);
  await execa('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'dovecot-imapd'], options);
}

/** Starts one with a configuration, mail and users of its own in a temporary folder; nothing of the system's is read. */
export async function startDovecot(): Promise<Dovecot> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mandate-dovecot-'));
  const [port = 0] = await freePorts(1);
  const user = 'approvals@mandate.example';
  const password = randomBytes(12).toString('base64url');
  const asRoot = process.getuid?.() === 0;
  const [uid, gid] = asRoot ? [NOBODY, NOBODY] : [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  await chmod(folder, 0o755);
  await mkdir(path.join(folder, 'mail'));
  await chown(path.join(folder, 'mail'), uid, gid);
  await writeFile(path.join(folder, 'users'), `${user}:{PLAIN}${password}\n`);
  const config = path.join(folder, 'dovecot.conf');
  await writeFile(config, configFile({ folder, port, uid, gid, asRoot }));

  const url = `imap://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/INBOX`;
  const open = async <T>(work: (client: ImapFlow) => Promise<T>): Promise<T> => {
    const client = new ImapFlow({
      host: '127.0.0.1',
      port,
      secure: false,
      auth: { user, pass: password },
      logger: false,
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.logout();
    }
  };
  let server: Awaited<ReturnType<typeof spawnServer>> | undefined;
  const dovecot: Dovecot = {
    port,
    url,
    async deliver(raw, receivedAt) {
      await open((client) => client.append('INBOX', raw, [], receivedAt));
    },
    unseen: () =>
      open(async (client) => {
        const status = await client.status('INBOX', { unseen: true });
        return (status && status.unseen) || 0;
      }),
    count: () =>
      open(async (client) => {
        const status = await client.status('INBOX', { messages: true });
        return (status && status.messages) || 0;
      }),
    async start() {
      const starting = await spawnServer('dovecot', ['-F', '-c', config]);
      server = starting;
      await until('dovecot to answer', async () => {
        if (starting.hasEnded()) throw new Error(`dovecot ended: ${await starting.lastLines()}`);
        return open(async () => true).catch(() => false);
      });
    },
    async stop() {
      await server?.stop();
    },
    async remove() {
      await server?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await dovecot.start();
  } catch (error) {
    await dovecot.remove();
    throw error;
  }
  return dovecot;
}

interface Settings {
  readonly folder: string;
  readonly port: number;
  readonly uid: number;
  readonly gid: number;
  readonly asRoot: boolean;
}

function configFile({ folder, port, uid, gid, asRoot }: Settings): string {
  const { username } = os.userInfo();
  // Debian's package makes two users for what needs no rights; without root all of it is the one who runs it.
  const users = asRoot ? '' : `default_internal_user = ${username}\ndefault_login_user = ${username}\n`;
  return `protocols = imap
listen = 127.0.0.1
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = /dev/stderr
ssl = no
disable_plaintext_auth = no
${users}first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:${folder}/mail/%u
mail_max_userip_connections = 50
passdb {
  driver = passwd-file
  args = ${folder}/users
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${folder}/mail/%u
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
`;
}
