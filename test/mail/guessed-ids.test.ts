import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { mailSecret } from '../../src/activities/mail/mail-secret.ts';
import { canonicalize, sha256Hex } from '../../src/contract/canonical.ts';
import { decideUpdate } from '../../src/workflows/messages.ts';
import { MAIL_SECRET, startMailWorld } from '../support/mail-world.ts';
import type { MailWorld } from '../support/mail-world.ts';
import { askByMail } from '../support/mailed-requests.ts';
import type { MailedRequest } from '../support/mailed-requests.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { until } from '../support/until.ts';

const ANA = 'ana@example.org';

describe('the id of an answer', () => {
  it('is the same for the same answer, and takes the secret to make', () => {
    const of = { mailbox: 'approvals@mail.example.org/INBOX', uidValidity: '1764300000', uid: 42 };

    const id = mailSecret(MAIL_SECRET).evidenceId(of);

    expect(mailSecret(MAIL_SECRET).evidenceId({ ...of })).toBe(id);
    expect(mailSecret(MAIL_SECRET).evidenceId({ ...of, uid: 43 })).not.toBe(id);
    expect(mailSecret(Buffer.alloc(32, 6).toString('base64')).evidenceId(of)).not.toBe(id);
    expect(id).not.toBe(sha256Hex(canonicalize(of)));
  });
});

describe.skipIf(inject('dovecotTrouble') !== '')('an answer by mail whose names somebody has used before', () => {
  let world: MailWorld;
  let mandate: Mandate;
  let asked: MailedRequest;
  beforeAll(async () => {
    world = await startMailWorld();
    mandate = await startMandate({
      env: { ...world.env, MANDATE_TRUST_NAMESPACE: 'no' },
      roles: ['worker', 'mail'],
    });
    const by = { by: 'root', time: new Date().toISOString() };
    await mandate.store.principals.add({ id: 'ana', kind: 'person', groups: [], email: ANA }, by);
  });
  afterAll(async () => {
    await mandate.stop();
    await world.close();
  });
  beforeEach(async () => {
    asked = await askByMail(mandate, world);
  });

  it('counts although an update had the id of the decision', async () => {
    const decisionId = `mail-${mailSecret(MAIL_SECRET).evidenceId(await nextMail(world))}`;
    const approval = mandate.client.workflow.getHandle(`approval/${asked.requestId}`);
    const forged = await approval.executeUpdate(decideUpdate, {
      updateId: decisionId,
      args: [{ by: 'ana', verdict: 'approve', digest: asked.item.digest }],
    });

    await world.answer(asked.letter, { as: ANA, text: 'REJECT: no' });

    expect(forged).toMatchObject({ outcome: 'NotAnApprover' });
    await until('the answer to count', async () => (await asked.status()) === 'rejected');
    const [sent] = await mandate.store.mails.find([asked.letter.parsed.messageId ?? '']);
    expect(sent?.usedBy).toBe(decisionId);
  });

  it('is judged although a workflow had an id that anybody can make', async () => {
    const workflowId = `reply/${sha256Hex(canonicalize(await nextMail(world)))}`;
    const { workflow } = mandate.client;
    await (await workflow.start('anything', { workflowId, taskQueue: 'of-nobody' })).terminate();

    await world.answer(asked.letter, { as: ANA, text: 'REJECT: no' });

    const [sent] = await until('the answer to be judged', async () => {
      const found = await mandate.store.mails.find([asked.letter.parsed.messageId ?? '']);
      return found.some(({ usedBy }) => usedBy !== null) && found;
    });
    expect(await mandate.store.mails.decision(sent?.usedBy ?? '')).toMatchObject({ principal: 'ana', reason: 'no' });
  });
});

/** What names the mail that comes next. */
async function nextMail({ dovecot }: MailWorld): Promise<{ mailbox: string; uidValidity: string; uid: number }> {
  const { host, hostname, port, username, password } = new URL(dovecot.url);
  const auth = { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  const client = new ImapFlow({ host: hostname, port: Number(port), secure: false, auth, logger: false });
  await client.connect();
  try {
    const { uidValidity, uidNext } = await client.mailboxOpen('INBOX', { readOnly: true });
    return { mailbox: `${username}@${host}/INBOX`, uidValidity: String(uidValidity), uid: uidNext };
  } finally {
    await client.logout();
  }
}
