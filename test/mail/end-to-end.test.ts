import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { newPersonalToken } from '../../src/activities/decision-proof.ts';
import type { ApprovalRequestInput } from '../../src/contract/approval-request.ts';
import { proveDecision } from '../../src/prove-decision.ts';
import { decideUpdate, inboxItemQuery } from '../../src/workflows/messages.ts';
import { ask } from '../support/ask.ts';
import { startMailWorld } from '../support/mail-world.ts';
import type { MailWorld } from '../support/mail-world.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import type { TakenMessage } from '../support/smtp-inbox.ts';
import { until } from '../support/until.ts';

const ANA = 'ana@example.org';
const BEN = 'ben@example.org';

describe.skipIf(inject('dovecotTrouble') !== '')('a request by mail, from asking to its end', () => {
  let world: MailWorld;
  let mandate: Mandate;
  beforeAll(async () => {
    world = await startMailWorld();
    // Nobody is believed for being on this machine: what counts is the mail.
    mandate = await startMandate({ env: { ...world.env, MANDATE_TRUST_NAMESPACE: 'no' }, roles: ['worker', 'mail'] });
    for (const [id, email] of [
      ['ana', ANA],
      ['ben', BEN],
      ['cleo', null],
    ] as const) {
      await mandate.store.principals.add({ id, kind: 'person', groups: [], email }, { by: 'gus', time: TIME });
    }
  });
  afterAll(async () => {
    await mandate.stop();
    await world.close();
  });

  const TIME = '2026-01-01T00:00:00.000Z';
  const askByMail = (overrides: Partial<ApprovalRequestInput> = {}) =>
    ask(mandate.client, { channels: ['mail'], ...overrides });
  const about =
    (requestId: string, text: RegExp | string = '') =>
    ({ parsed }: TakenMessage): boolean =>
      (parsed.text ?? '').includes(requestId) && new RegExp(text).test(parsed.text ?? '');
  const requestIdOf = ({ workflowId }: { readonly workflowId: string }): string => workflowId.replace('approval/', '');

  it('is approved by answers, each recorded with its proof, and everybody hears how it ended', async () => {
    const handle = await askByMail({ rule: { quorum: 2 } });
    const requestId = requestIdOf(handle);
    const [toAna, toBen] = await Promise.all([ANA, BEN].map((each) => world.letterTo(each, about(requestId))));

    await world.answer(toAna!, { as: ANA, text: 'Approve: looks right' });
    await world.letterTo(ANA, ({ parsed }) =>
      /Your approval counts\. The request is still open/.test(parsed.text ?? ''),
    );
    await world.answer(toBen!, { as: BEN, text: 'APPROVE' });

    expect(await handle.result()).toMatchObject({ status: 'approved' });
    const entries = await mandate.store.ledger.entries({ run: handle.workflowId });
    const decisions = entries.filter(({ type }) => type === 'approval.decision').map(({ body }) => body);
    expect(decisions).toMatchObject([
      {
        by: 'ana',
        verdict: 'approve',
        reason: 'looks right',
        provenBy: { kind: 'mail', messageId: toAna?.parsed.messageId },
      },
      { by: 'ben', verdict: 'approve', provenBy: { kind: 'mail', messageId: toBen?.parsed.messageId } },
    ]);
    for (const [address, letter] of [
      [ANA, toAna],
      [BEN, toBen],
    ] as const) {
      const ended = await world.letterTo(address, about(requestId, 'has ended'));
      expect(ended.parsed).toMatchObject({ inReplyTo: letter?.parsed.messageId });
      expect(ended.parsed.text).toMatch(/^status: approved$/m);
    }
  });

  it('is rejected on the page of the link', async () => {
    const handle = await askByMail();
    const letter = await world.letterTo(ANA, about(requestIdOf(handle)));
    const link = /^http\S+\/decide\?\S+$/m.exec(letter.parsed.text ?? '')?.[0] ?? '';

    const response = await fetch(link, {
      method: 'POST',
      body: new URLSearchParams({ verdict: 'reject', reason: 'not on a Friday' }),
      headers: { 'sec-fetch-site': 'same-origin' },
    });

    expect(await response.text()).toContain('Your rejection counts. The request is rejected.');
    expect(await handle.result()).toMatchObject({
      status: 'rejected',
      decisions: [{ by: 'ana', verdict: 'reject', reason: 'not on a Friday' }],
    });
  });

  it('is not decided by an answer to what it was before an edit, and is by one to what it is now', async () => {
    const handle = await askByMail({ rule: { quorum: 2 }, editable: ['text'] });
    const requestId = requestIdOf(handle);
    const [before, toBen] = await Promise.all([ANA, BEN].map((each) => world.letterTo(each, about(requestId))));
    expect(toBen).toBeDefined();
    await editAs(mandate, requestId, 'ben', { text: 'Ship it on Tuesday.' });
    const after = await world.letterTo(ANA, about(requestId, 'Ship it on Tuesday'));

    await world.answer(before!, { as: ANA, text: 'APPROVE' });
    const told = await world.letterTo(ANA, ({ parsed }) => (parsed.text ?? '').includes('DigestMismatch'));
    await world.answer(after, { as: ANA, text: 'APPROVE' });

    expect(told.parsed.text).toContain('answer the newer message');
    expect(await handle.result()).toMatchObject({
      status: 'approved',
      action: { payload: { text: 'Ship it on Tuesday.' } },
    });
  });

  it('tells who answers too late that it has ended, and by what', async () => {
    const handle = await askByMail();
    const letter = await world.letterTo(ANA, about(requestIdOf(handle)));
    await handle.cancel();
    await until('its end', async () => (await handle.query(inboxItemQuery)).status === 'cancelled');

    await world.answer(letter, { as: ANA, text: 'APPROVE' });

    const told = await world.letterTo(ANA, ({ parsed }) => (parsed.text ?? '').includes('AlreadyDecided'));
    expect(told.parsed.text).toContain('the request had ended already');
    const entries = await mandate.store.ledger.entries({ run: handle.workflowId });
    expect(entries.filter(({ type }) => type === 'mail.refused').map(({ body }) => body)).toMatchObject([
      { why: 'AlreadyDecided', verdict: 'approve' },
    ]);
  });

  it('goes on when somebody cannot be written to, and records that', async () => {
    const handle = await askByMail({ approvers: [{ id: 'ana' }, { id: 'cleo' }] });
    const letter = await world.letterTo(ANA, about(requestIdOf(handle)));
    await world.answer(letter, { as: ANA, text: 'REJECT' });

    expect(await handle.result()).toMatchObject({
      status: 'rejected',
      decisions: [{ by: 'ana', verdict: 'reject', reason: 'no reason given' }],
    });
    const failed = await until('that being recorded', async () => {
      const entries = await mandate.store.ledger.entries({ run: handle.workflowId, type: 'notification.failed' });
      return entries.find(({ body }) => body['to'] === 'cleo');
    });
    expect(failed.body).toMatchObject({
      channel: 'mail',
      error: expect.stringContaining('cleo has no e-mail address') as string,
    });
  });

  it('cannot be decided under a proof of mail that is none', async () => {
    const handle = await askByMail();
    await world.letterTo(ANA, about(requestIdOf(handle)));

    const answer = await handle.executeUpdate(decideUpdate, {
      args: [{ verdict: 'approve', by: 'ana', decisionId: 'x', proof: 'mail.x' }],
    });

    expect(answer).toMatchObject({ outcome: 'NotAnApprover', status: 'pending' });
  });
});

/** Approves with edits, as somebody with a personal token does. */
async function editAs(mandate: Mandate, requestId: string, by: string, edits: Record<string, string>): Promise<void> {
  const { token, id, publicKey } = newPersonalToken();
  const now = Date.now();
  await mandate.store.tokens.issue(
    { id, principal: by, label: 'laptop', publicKey, expiresAt: new Date(now + 3_600_000).toISOString() },
    { by: 'gus', time: new Date(now).toISOString() },
  );
  const handle = mandate.client.workflow.getHandle(`approval/${requestId}`);
  const { digest } = await handle.query(inboxItemQuery);
  const decision = proveDecision(token, requestId, { verdict: 'approve', digest, edits });
  expect(await handle.executeUpdate(decideUpdate, { args: [decision] })).toMatchObject({ outcome: 'accepted' });
}
