import { randomBytes } from 'node:crypto';
import { mailSecret } from '../../../src/activities/mail/mail-secret.ts';
import type { LinkEvidence } from '../../../src/contract/reply.ts';
import { inboxItemQuery } from '../../../src/workflows/messages.ts';
import { ask } from '../ask.ts';
import { MAIL_SECRET } from '../mail-world.ts';
import type { Path } from './path.ts';

/** What ana sent from the page of a link, about a request that she was written of. */
function path(signed: boolean): Path {
  return async ({ mandate }) => {
    const now = new Date().toISOString();
    await mandate.store.principals.add(
      { id: 'ana', kind: 'person', groups: [], email: 'ana@example.org' },
      { by: 'recorder', time: now },
    );
    const handle = await ask(mandate.client);
    const { requestId, digest } = await handle.query(inboxItemQuery);
    const messageId = `<${requestId}@mandate.example>`;
    await mandate.store.mails.put({
      messageId,
      notificationId: requestId,
      requestId,
      run: handle.workflowId,
      principal: 'ana',
      address: 'ana@example.org',
      subject: 'Send a note',
      digest,
      tokenHash: 'f'.repeat(64),
      sentAt: now,
    });
    const id = randomBytes(32).toString('hex');
    const evidence: LinkEvidence = {
      via: 'link',
      id,
      messageId,
      requestId,
      person: 'ana',
      digest,
      verdict: 'approve',
      receivedAt: now,
    };
    const signature = signed ? mailSecret(MAIL_SECRET).evidence({ ...evidence }) : 'none';
    const reply = await mandate.client.workflow.start('reply', {
      workflowId: `reply/${id}`,
      taskQueue: 'mandate',
      args: [{ evidence, signature }],
    });
    await reply.result();
    if (!signed) await handle.cancel();
    return [reply, handle];
  };
}

export const REPLIES: Record<string, Path> = { 'reply-decided': path(true), 'reply-forged': path(false) };
