import Sqlite from 'libsql';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { verifyMail } from '../../src/activities/verify-mail.ts';
import { tokensIn } from '../../src/contract/mail-token.ts';
import type { ReplyOutcome } from '../../src/contract/reply.ts';
import { startMailWorld } from '../support/mail-world.ts';
import type { MailWorld, SentReply } from '../support/mail-world.ts';
import { askByMail, writeTo } from '../support/mailed-requests.ts';
import type { MailedRequest } from '../support/mailed-requests.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { addPerson } from '../support/people.ts';
import type { TakenMessage } from '../support/smtp-inbox.ts';
import { until } from '../support/until.ts';

const ANA = 'ana@example.org';

describe.skipIf(inject('dovecotTrouble') !== '')('what comes to the mailbox', () => {
  let world: MailWorld;
  let mandate: Mandate;
  let began: string;
  beforeAll(async () => {
    began = new Date().toISOString();
    world = await startMailWorld();
    mandate = await startMandate({ env: world.env, roles: ['worker', 'mail'] });
    const database = { execute: async (statement: string) => inStore(mandate, statement) };
    await addPerson(database, 'ana', ANA);
    await addPerson(database, 'ben', 'ben@example.org');
  });
  afterAll(async () => {
    await mandate.stop();
    await world.close();
  });

  /** Answers, waits until that was judged, and returns what became of it and what the sender was told. */
  async function outcomeOf(
    letter: TakenMessage,
    reply: SentReply,
  ): Promise<{ outcome: ReplyOutcome; told: TakenMessage[] }> {
    const before = await ended();
    const sent = world.people.messages.length;
    await world.answer(letter, reply);
    const outcome = await until(
      'a reply to be judged',
      async () => (await ended()).find(({ id }) => !before.some((each) => each.id === id))?.outcome,
    );
    return { outcome, told: world.people.messages.slice(sent) };
  }

  async function ended(): Promise<{ id: string; outcome: ReplyOutcome }[]> {
    const found: { id: string; outcome: ReplyOutcome }[] = [];
    // The lists may show only now how those of an earlier file have ended.
    const query = `WorkflowType = "reply" AND StartTime > "${began}"`;
    for await (const { workflowId, status } of mandate.client.workflow.list({ query })) {
      if (status.name !== 'COMPLETED') continue;
      found.push({ id: workflowId, outcome: await mandate.client.workflow.getHandle(workflowId).result() });
    }
    return found;
  }

  const refusals = async ({ requestId }: MailedRequest) =>
    (await mandate.store.ledger.entries({ run: `approval/${requestId}` }))
      .filter(({ type }) => type === 'mail.refused')
      .map(({ body }) => body);

  it('decides when everything holds, and its proof is good for that decision alone', async () => {
    const asked = await askByMail(mandate, world);

    const { outcome, told } = await outcomeOf(asked.letter, { as: ANA, text: 'reject: not on a Friday' });

    expect(outcome).toMatchObject({ outcome: 'decided', requestId: asked.requestId });
    const [sent] = await mandate.store.mails.find([asked.letter.parsed.messageId ?? '']);
    const decisionId = sent?.usedBy ?? '';
    const input = {
      requestId: asked.requestId,
      execution: '',
      createdAt: new Date().toISOString(),
      arrivedAt: new Date().toISOString(),
      decision: { verdict: 'reject' as const, reason: 'not on a Friday', decisionId, proof: `mail.${decisionId}` },
    };
    expect(await verifyMail(input, mandate.store)).toMatchObject({
      ok: true,
      by: 'ana',
      digest: asked.item.digest,
      provenBy: { kind: 'mail', messageId: asked.letter.parsed.messageId },
      attestedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
    for (const changed of [
      { verdict: 'approve' as const },
      { reason: 'another' },
      { by: 'ben' },
      { proof: 'mail.another' },
      { edits: { body: 'x' } },
      { decisionId: 'another' },
    ]) {
      const forged = { ...input, decision: { ...input.decision, ...changed } };
      expect(await verifyMail(forged, mandate.store)).toMatchObject({ ok: false, outcome: 'NotAnApprover' });
    }
    expect(await verifyMail({ ...input, requestId: 'another' }, mandate.store)).toMatchObject({ ok: false });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ to: [ANA] });
    expect(told[0]?.parsed.inReplyTo).toBeDefined();
  });

  it.each<[string, string, Partial<SentReply>]>([
    ['no_decision', 'DISAPPROVE', { text: 'DISAPPROVE' }],
    ['no_decision', 'a sentence', { text: 'I do not approve' }],
    ['no_decision', 'only the quotation', { text: '' }],
    ['no_decision', 'an empty plain part beside HTML', { text: ' ', html: '<p>APPROVE</p>', bare: true, headers: {} }],
    ['bad_token', 'no quotation', { text: 'APPROVE', bare: true }],
    ['bad_token', 'another code', { text: `APPROVE\n\nCode: mdt_${'A'.repeat(32)}`, bare: true }],
    ['unauthenticated', 'a forged sender', { as: null, from: ANA, text: 'APPROVE' }],
    [
      'unauthenticated',
      'a forged sender with results of their own',
      {
        as: null,
        from: ANA,
        text: 'APPROVE',
        headers: { 'Authentication-Results': 'mx.mandate.example; dkim=pass header.d=example.org' },
      },
    ],
    ['not_an_approver', 'somebody else', { as: 'eve@attacker.example', text: 'APPROVE' }],
    ['not_an_approver', 'a colleague', { as: 'ben@example.org', text: 'APPROVE' }],
    [
      'not_an_approver',
      'a name like an address',
      { as: 'eve@attacker.example', from: `"${ANA}" <eve@attacker.example>`, text: 'APPROVE' },
    ],
    ['automatic', 'a vacation responder', { text: 'APPROVE', headers: { 'Auto-Submitted': 'auto-replied' } }],
  ])('decides nothing as %s: %s', async (why, _what, reply) => {
    const asked = await askByMail(mandate, world);
    const token = tokensIn(asked.letter.parsed.text ?? '')[0];
    // What has an empty plain part must carry the code all the same.
    const html = reply.html === undefined ? {} : { html: `${reply.html}<blockquote>Code: ${token}</blockquote>` };

    const { outcome, told } = await outcomeOf(asked.letter, { as: ANA, ...reply, ...html });

    expect(outcome).toEqual({ outcome: 'refused', why });
    expect(await asked.status()).toBe('pending');
    const recorded = await refusals(asked);
    expect(recorded).toMatchObject([{ via: 'mail', why, requestId: asked.requestId }]);
    expect(JSON.stringify(recorded)).not.toContain('mdt_');
    const [sent] = await mandate.store.mails.find([asked.letter.parsed.messageId ?? '']);
    expect(sent?.usedBy).toBeNull();
    expect(told.map(({ to }) => to)).toEqual(why === 'automatic' ? [] : [[reply.as ?? ANA]]);
  });

  it('decides nothing with the code of another request, or one that was used', async () => {
    const first = await askByMail(mandate, world);
    const second = await askByMail(mandate, world);
    const code = tokensIn(first.letter.parsed.text ?? '')[0];

    const foreign = await outcomeOf(second.letter, { as: ANA, text: `APPROVE\n\nCode: ${code}`, bare: true });
    const used = await outcomeOf(first.letter, { as: ANA, text: 'REJECT: no' });
    const again = await outcomeOf(first.letter, { as: ANA, text: 'APPROVE' });

    expect(foreign.outcome).toEqual({ outcome: 'refused', why: 'bad_token' });
    expect(used.outcome).toMatchObject({ outcome: 'decided', requestId: first.requestId });
    expect(again.outcome).toEqual({ outcome: 'refused', why: 'used_token' });
    expect(again.told[0]?.parsed.text).toContain('has been used already');
  });

  it('is nothing of a person who was disabled or has another address since', async () => {
    const asked = await askByMail(mandate, world);
    await inStore(mandate, `update principals set email = 'ana@new.example' where id = 'ana'`);

    const { outcome } = await outcomeOf(asked.letter, { as: ANA, text: 'APPROVE' });
    await inStore(mandate, `update principals set email = '${ANA}' where id = 'ana'`);

    expect(outcome).toEqual({ outcome: 'refused', why: 'not_an_approver' });
  });

  it('is answered once for each message of ours, and never where that could hit others', async () => {
    const asked = await askByMail(mandate, world);

    const first = await outcomeOf(asked.letter, { as: ANA, text: 'maybe' });
    const second = await outcomeOf(asked.letter, { as: ANA, text: 'hm' });
    const list = await outcomeOf(asked.letter, {
      as: 'eve@attacker.example',
      text: 'x',
      headers: { Precedence: 'list' },
    });
    const forged = await outcomeOf(asked.letter, { as: null, from: 'carl@innocent.example', text: 'APPROVE' });
    const ours = await outcomeOf(asked.letter, { as: 'approvals@mandate.example', text: 'APPROVE' });

    expect(first.told.map(({ to }) => to)).toEqual([[ANA]]);
    expect(first.told[0]?.parsed).toMatchObject({
      subject: `Re: ${asked.letter.parsed.subject}`,
      text: expect.stringContaining('not exactly APPROVE or REJECT') as string,
    });
    expect(first.told[0]?.parsed.headers.get('auto-submitted')).toBe('auto-replied');
    expect([second, list, forged, ours].flatMap(({ told }) => told)).toEqual([]);
    const third = await outcomeOf(asked.letter, { as: ANA, text: 'APPROVE' });
    expect(third.outcome).toMatchObject({ outcome: 'decided' });
    expect(third.told).toHaveLength(1);
  });

  it('decides in HTML alone, in other characters, and to a later message of the thread', async () => {
    const asked = await askByMail(mandate, world);
    const code = tokensIn(asked.letter.parsed.text ?? '')[0];
    const html = `<div>REJECT: zu fr&uuml;h</div><blockquote>Code: ${code}</blockquote>`;

    const inHtml = await outcomeOf(asked.letter, { as: ANA, html });
    const reminder = await writeTo(mandate, world, asked.item);
    const raw = [
      `From: Ana <${ANA}>`,
      `In-Reply-To: ${reminder.parsed.messageId}`,
      'Content-Type: text/plain; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'REJECT: zu fr=FCh',
      '',
      ...(reminder.parsed.text ?? '').split('\n').map((line) => `> ${line.replaceAll('=', '=3D')}`),
    ].join('\r\n');
    const inLatin = await outcomeOf(reminder, { as: ANA, raw });

    for (const { outcome } of [inHtml, inLatin]) expect(outcome).toMatchObject({ outcome: 'decided' });
    const sent = await mandate.store.mails.find([asked.letter, reminder].map(({ parsed }) => parsed.messageId ?? ''));
    for (const { usedBy } of sent) {
      expect(await mandate.store.mails.decision(usedBy ?? '')).toMatchObject({
        verdict: 'reject',
        reason: 'zu fr\u00fch',
      });
    }
  });

  it('is no decision when it is too large or broken, and does not stop what comes after', async () => {
    const asked = await askByMail(mandate, world);

    const large = await outcomeOf(asked.letter, { as: ANA, text: `APPROVE\n\n${'x'.repeat(70)}\n`.repeat(30_000) });
    const broken = await outcomeOf(asked.letter, {
      as: ANA,
      raw: `From: ${ANA}\r\nIn-Reply-To: ${asked.letter.parsed.messageId}\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=none-such\r\nContent-Transfer-Encoding: base64\r\n\r\n\u0000!!\r\n--y`,
    });
    const strange = await outcomeOf(asked.letter, {
      as: null,
      raw: `From: eve@attacker.example\r\nReferences:${`\r\n ${'\u{1f600}'.repeat(100)}`.repeat(60)}\r\n x\r\n\r\nAPPROVE\r\n`,
    });
    const answered = await outcomeOf(asked.letter, { as: ANA, text: 'REJECT: no' });
    await until('all of them to be seen', async () => (await world.dovecot.unseen()) === 0);

    expect(large.outcome).toEqual({ outcome: 'refused', why: 'bad_token' });
    expect(broken.outcome).toEqual({ outcome: 'refused', why: 'bad_token' });
    expect(strange.outcome).toEqual({ outcome: 'refused', why: 'not_a_reply' });
    expect(answered.outcome).toMatchObject({ outcome: 'decided' });
  });

  it('is read after the mail server was away', async () => {
    const asked = await askByMail(mandate, world);
    await world.dovecot.stop();
    await world.dovecot.start();

    const { outcome } = await outcomeOf(asked.letter, { as: ANA, text: 'REJECT: later' });

    expect(outcome).toMatchObject({ outcome: 'decided' });
  });

  it('is handed over once and then marked as seen, however often it is looked at', async () => {
    const asked = await askByMail(mandate, world);
    await mandate.rest(['mail']);
    await world.answer(asked.letter, { as: ANA, text: 'REJECT: no' });
    expect(await world.dovecot.unseen()).toBe(1);
    const before = (await ended()).length;

    await mandate.work(['mail']);
    await until('the mail to be seen', async () => (await world.dovecot.unseen()) === 0);
    await until('the reply to be judged', async () => (await ended()).length === before + 1);

    const everything = await world.dovecot.count();
    expect(await ended()).toHaveLength(before + 1);
    expect(everything).toBeGreaterThan(0);
  });

  it('is not believed when somebody else than the reader of mail hands it over', async () => {
    const [real] = await ended();
    const { events = [] } = await mandate.client.workflow.getHandle(real?.id ?? '').fetchHistory();
    const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
    const given = JSON.parse(Buffer.from(payload ?? []).toString()) as { evidence: object; signature: string };

    const outcome = await mandate.client.workflow.execute('reply', {
      taskQueue: 'mandate',
      workflowId: 'reply/forged',
      args: [{ ...given, evidence: { ...given.evidence, verdict: 'approve' } }],
    });

    expect(outcome).toEqual({ outcome: 'refused', why: 'forged' });
    expect(JSON.stringify(given)).not.toContain('mdt_');
  });
});

/** Runs a statement past the store. */
async function inStore(mandate: Mandate, statement: string): Promise<void> {
  const database = new Sqlite(path.join(mandate.folder, 'mandate.db'), { timeout: 5_000 });
  database.exec(statement);
  database.close();
}
