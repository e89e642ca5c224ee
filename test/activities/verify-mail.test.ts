import { expect, it } from 'vitest';
import { verifyMail } from '../../src/activities/verify-mail.ts';
import { describeOnSqlite } from '../support/databases.ts';
import { addPerson } from '../support/people.ts';

const RECEIVED = '2026-03-01T12:00:00.000Z';
const TOO_EARLY = {
  ok: false,
  outcome: 'Invalid',
  message: `The answer was received at ${RECEIVED}, before this request was made at 2026-03-01T12:05:00.001Z; answer the message about this one.`,
};

describeOnSqlite('an answer to a message of ours', (fresh) => {
  it.each([
    ['counts when it was received after the request was made', '2026-03-01T11:00:00.000Z', { ok: true, by: 'ana' }],
    ['counts when the clocks differ a little', '2026-03-01T12:05:00.000Z', { ok: true, by: 'ana' }],
    ['is invalid when the request was made later', '2026-03-01T12:05:00.001Z', TOO_EARLY],
  ])('%s', async (_what, createdAt, expected) => {
    const database = await fresh();
    const store = await database.open();
    await store.migrate();
    await addPerson(database, 'ana', 'ana@example.org');
    const mail = { messageId: '<a@b>', requestId: 'r1', principal: 'ana', digest: `sha256:${'5'.repeat(64)}` };
    const sent = {
      notificationId: 'n1',
      run: 'r',
      address: 'ana@example.org',
      subject: 's',
      tokenHash: 'a'.repeat(64),
    };
    await store.mails.put({ ...mail, ...sent, sentAt: RECEIVED });
    const decisionId = `mail-${'7'.repeat(64)}`;
    await store.mails.decide({ ...mail, decisionId, verdict: 'approve', receivedAt: RECEIVED }, RECEIVED);

    const verified = await verifyMail(
      {
        requestId: 'r1',
        execution: 'e1',
        createdAt,
        arrivedAt: '2026-03-01T13:00:00.000Z',
        decision: { verdict: 'approve', decisionId, proof: `mail.${decisionId}` },
      },
      store,
    );

    expect(verified).toMatchObject(expected);
  });
});
