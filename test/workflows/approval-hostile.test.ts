import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideUpdate, inboxItemQuery } from '../../src/workflows/messages.ts';
import { ask } from '../support/ask.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { until } from '../support/until.ts';

let mandate: Mandate;
beforeAll(async () => {
  mandate = await startMandate({ roles: ['worker'] });
  for (const id of ['olga', 'omar']) {
    const by = { by: 'root', time: new Date().toISOString() };
    await mandate.store.principals.add({ id, kind: 'person', groups: ['owners'], email: null }, by);
  }
});
afterAll(async () => mandate.stop());

describe('a request goes on, whatever is sent to it', () => {
  it.each([
    ['a proof that no database can hold', { by: 'ana', proof: 'mail.\u0000' }],
    ['a name that no database can hold', { by: 'a\u0000' }],
    ['edits of nearly two megabytes', { by: 'nobody', edits: { a: 'x'.repeat(2_090_000) } }],
    ['an id of a mail that is none', { by: 'ana', decisionId: `mail-${'a'.repeat(64)}` }],
  ])('%s', async (_what, payload) => {
    const handle = await ask(mandate.client);

    await handle.signal('approve', payload);
    await handle.signal('approve', 'ben');

    expect(await handle.result()).toMatchObject({ status: 'approved', decisions: [{ by: 'ben' }] });
    expect(await mandate.recorded(handle.workflowId)).toContain('approval.refused');
  });

  it('a context of two megabytes is refused when the request is made', async () => {
    const handle = await ask(mandate.client, { context: { note: 'x'.repeat(1_900_000) } });

    await expect(handle.result()).rejects.toMatchObject({
      cause: {
        type: 'InvalidRequest',
        message: expect.stringMatching(/The request has 19\d+ bytes, 327680 are the most/),
      },
    });
  });
});

it('a group of which several must approve can be looked at, and decided', async () => {
  const handle = await ask(mandate.client, { approvers: [{ group: 'owners' }], rule: { quorum: { owners: 2 } } });
  const item = await until('its group to be known', async () => {
    const seen = await handle.query(inboxItemQuery);
    return seen.approvers.includes('olga') && seen;
  });

  await handle.signal('approve', { by: 'olga', digest: item.digest });
  await handle.signal('approve', { by: 'omar', digest: item.digest });

  expect(item).toMatchObject({ approvers: ['olga', 'omar'], groups: ['owners'] });
  expect(await handle.result()).toMatchObject({ status: 'approved' });
  expect(await handle.query(inboxItemQuery)).toMatchObject({ status: 'approved' });
});

it('one proof does not use up the decision of somebody else under the same id', async () => {
  const handle = await ask(mandate.client, { rule: { quorum: 2 } });
  const { digest } = await handle.query(inboxItemQuery);
  const decide = (by: string, about: string): Promise<unknown> =>
    handle.executeUpdate(decideUpdate, { args: [{ by, verdict: 'approve', digest: about, decisionId: 'one' }] });

  const first = await decide('ben', `sha256:${'1'.repeat(64)}`);
  const second = await decide('ana', digest);

  expect(first).toMatchObject({ outcome: 'DigestMismatch' });
  expect(second).toMatchObject({ outcome: 'accepted' });
  await handle.cancel();
});

it('whoever guesses the name of an answer by mail does not use it up', async () => {
  const time = new Date().toISOString();
  await mandate.store.principals.add(
    { id: 'mia', kind: 'person', groups: [], email: 'mia@example.org' },
    { by: 'root', time },
  );
  const handle = await ask(mandate.client, { approvers: [{ id: 'mia' }] });
  const { requestId, digest } = await handle.query(inboxItemQuery);
  const decisionId = `mail-${'5'.repeat(64)}`;
  const decide = (): Promise<unknown> =>
    handle.executeUpdate(decideUpdate, { args: [{ verdict: 'approve', decisionId, proof: `mail.${decisionId}` }] });

  const guessed = await decide();
  const messageId = '<guessed@mandate.example>';
  await mandate.store.mails.put({
    messageId,
    notificationId: 'n',
    requestId,
    run: handle.workflowId,
    principal: 'mia',
    address: 'mia@example.org',
    subject: 's',
    digest,
    tokenHash: 'f'.repeat(64),
    sentAt: time,
  });
  await mandate.store.mails.decide(
    { decisionId, messageId, requestId, principal: 'mia', verdict: 'approve', digest, receivedAt: time },
    time,
  );
  const real = await decide();

  expect(guessed).toMatchObject({ outcome: 'NotAnApprover', status: 'pending' });
  expect(real).toMatchObject({ outcome: 'accepted', status: 'approved' });
});
