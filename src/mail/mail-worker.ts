import os from 'node:os';
import { WorkflowClient } from '@temporalio/client';
import { Runtime } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import { mailSecret } from '../activities/mail/mail-secret.ts';
import type { IncomingMail } from '../mail-settings.ts';
import type { RoleWorker } from '../role-worker.ts';
import { handOver, takeable } from './evidence.ts';
import { watchMailbox } from './mailbox.ts';
import { servePage } from './page-server.ts';
import { readMessage } from './read-message.ts';

export interface MailWorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly incoming: IncomingMail;
}

/**
 * The role `mail`: reads the mailbox and serves the page. It holds no store and no credentials but the mailbox's; all
 * that it can do is to hand over signed evidence.
 */
export function mailWorker({ connection, namespace, incoming }: MailWorkerOptions): RoleWorker {
  const workflows = new WorkflowClient({ connection, namespace });
  const secret = mailSecret(incoming.secret);
  const ending = new AbortController();

  const watch = ({ url, authservId }: NonNullable<IncomingMail['mailbox']>): Promise<void> =>
    watchMailbox({
      url,
      signal: ending.signal,
      async take({ id, source, isWhole, receivedAt }) {
        const read = await readMessage(source, isWhole);
        const evidence = takeable({
          via: 'mail',
          id: secret.evidenceId(id),
          ...read,
          authservId,
          receivedAt: receivedAt.toISOString(),
        });
        await handOver(workflows, secret, evidence);
      },
      onTrouble: (trouble) =>
        Runtime.instance().logger.warn('the mailbox could not be read; it is tried again', {
          trouble: String(trouble),
        }),
    });

  return {
    identity: `${process.pid}@${os.hostname()}`,
    taskQueue: null,
    async run() {
      const ended = new Promise<void>((resolve) => {
        if (ending.signal.aborted) resolve();
        ending.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      const page = incoming.listen && (await servePage({ ...incoming.listen, workflows, secret }));
      try {
        await Promise.all([ended, incoming.mailbox && watch(incoming.mailbox)]);
      } finally {
        await page?.close();
      }
    },
    shutdown: () => ending.abort(),
    abandon: () => Promise.resolve(),
  };
}
