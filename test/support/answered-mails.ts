import type { DecisionWire } from '../../src/contract/decision-wire.ts';
import { newId } from '../../src/new-id.ts';
import type { Mandate } from './mandate.ts';

/** Makes a person known who has an e-mail address. */
export async function addMailed({ store }: Mandate, id: string): Promise<void> {
  const by = { by: 'root', time: new Date().toISOString() };
  await store.principals.add({ id, kind: 'person', groups: [], email: `${id}@example.org` }, by);
}

/** What a signal `approve` says of an answer that was received then, as the reader of mail has found it to be theirs. */
export async function answeredByMail(
  { store }: Mandate,
  principal: string,
  { requestId, digest }: { readonly requestId: string; readonly digest: string },
  receivedAt = new Date().toISOString(),
): Promise<Pick<DecisionWire, 'decisionId' | 'proof'>> {
  const name = newId();
  const messageId = `<${name}@mandate.example>`;
  const decisionId = `mail-${Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64)}`;
  await store.mails.put({
    messageId,
    notificationId: name,
    requestId,
    run: 'run',
    principal,
    address: `${principal}@example.org`,
    subject: 's',
    digest,
    tokenHash: 'f'.repeat(64),
    sentAt: receivedAt,
  });
  await store.mails.decide(
    { decisionId, messageId, requestId, principal, verdict: 'approve', digest, receivedAt },
    receivedAt,
  );
  return { decisionId, proof: `mail.${decisionId}` };
}
