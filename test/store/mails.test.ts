import { expect, it } from 'vitest';
import type { MailDecision, SentMail } from '../../src/store/mails.ts';
import { describeOnEachDatabase, openFresh } from '../support/databases.ts';

const TIME = '2026-01-01T00:00:00.000Z';

function aMail(overrides: Partial<SentMail> = {}): SentMail {
  return {
    messageId: '<a@mandate.example>',
    notificationId: 'n1',
    requestId: 'q1',
    run: 'r1',
    principal: 'ana',
    address: 'ana@example.org',
    subject: '[Mandate approval] A note',
    digest: `sha256:${'a'.repeat(64)}`,
    tokenHash: 'b'.repeat(64),
    sentAt: TIME,
    ...overrides,
  };
}

function aDecision(overrides: Partial<MailDecision> = {}): MailDecision {
  const { messageId, requestId, principal, digest } = aMail();
  return {
    decisionId: 'mail-1',
    messageId,
    requestId,
    principal,
    digest,
    verdict: 'approve',
    receivedAt: TIME,
    ...overrides,
  };
}

describeOnEachDatabase('the messages that were sent', (fresh) => {
  it('are kept as they were first, and found by their ids', async () => {
    const { mails } = await openFresh(fresh);

    await mails.put(aMail());
    await mails.put(aMail({ address: 'eve@attacker.example' }));
    await mails.put(aMail({ messageId: '<b@mandate.example>', sentAt: '2025-12-31T00:00:00.000Z' }));

    expect(await mails.find(['<a@mandate.example>', '<c@mandate.example>'])).toEqual([
      { ...aMail(), usedAt: null, usedBy: null },
    ]);
    expect(await mails.find([])).toEqual([]);
    expect(await mails.first('q1', 'ana')).toBe('<b@mandate.example>');
    expect(await mails.first('q1', 'ben')).toBeUndefined();
  });

  it('are answered by one decision, however many come at once, and by that one however often', async () => {
    const { mails } = await openFresh(fresh);
    await mails.put(aMail());
    const all = Array.from({ length: 10 }, (_, index) => aDecision({ decisionId: `mail-${index}` }));

    const outcomes = await Promise.all(all.map((decision) => mails.decide(decision, TIME)));

    const decided = all.filter((_, index) => outcomes[index] === 'decided');
    expect(decided).toHaveLength(1);
    const [one = aDecision()] = decided;
    expect(await mails.decide(one, TIME)).toBe('decided');
    expect(await mails.find([one.messageId])).toMatchObject([{ usedAt: TIME, usedBy: one.decisionId }]);
    expect(await mails.decision(one.decisionId)).toEqual(one);
    expect(
      await Promise.all(all.filter((each) => each !== one).map(({ decisionId }) => mails.decision(decisionId))),
    ).toEqual(Array.from({ length: 9 }, () => undefined));
  });

  it('that nobody sent cannot be answered', async () => {
    const { mails } = await openFresh(fresh);

    expect(await mails.decide(aDecision({ reason: 'x' }), TIME)).toBe('used');
    expect(await mails.decision('mail-1')).toBeUndefined();
  });

  it('let each address be told once, about one mail of theirs', async () => {
    const { mails } = await openFresh(fresh);
    const tell = (address: string, answeredTo: string, messageId = '<a@mandate.example>') =>
      mails.mayTell({ messageId, address, answeredTo, time: TIME });

    expect(await tell('ana@example.org', 'first')).toBe(true);
    expect(await tell('ana@example.org', 'first')).toBe(true);
    expect(await tell('ana@example.org', 'second')).toBe(false);
    expect(await tell('eve@attacker.example', 'second')).toBe(true);
    expect(await tell('ana@example.org', 'second', '<b@mandate.example>')).toBe(true);
  });
});
