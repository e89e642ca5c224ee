import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Undeliverable } from '../../../src/activities/channels/channel.ts';
import { mailChannel } from '../../../src/activities/channels/mail-channel.ts';
import { hashOfToken } from '../../../src/activities/mail/mail-secret.ts';
import type { InboxItem } from '../../../src/contract/approval-request.ts';
import type { Delivery, NotificationClass } from '../../../src/contract/notification.ts';
import { tokensIn } from '../../../src/contract/mail-token.ts';
import { freePorts } from '../../../src/dev/free-port.ts';
import type { Store } from '../../../src/store/open.ts';
import { describeOnSqlite } from '../../support/databases.ts';
import { anInboxItem } from '../../support/inbox-items.ts';
import { aNotification } from '../../support/notifications.ts';
import { addPerson } from '../../support/people.ts';
import { SELF_SIGNED } from '../../support/self-signed.ts';
import { startSmtpInbox } from '../../support/smtp-inbox.ts';
import type { SmtpInbox } from '../../support/smtp-inbox.ts';

const SECRET = Buffer.alloc(32, 7).toString('base64');
const TIME = '2026-01-01T00:00:05.000Z';

describeOnSqlite('the channel of mail', (fresh) => {
  let store: Store;
  let inbox: SmtpInbox;
  beforeEach(async () => {
    const database = await fresh();
    store = await database.open();
    await store.migrate();
    await addPerson(database, 'ana', 'ana@example.org');
    await addPerson(database, 'ben', null);
    inbox = await startSmtpInbox();
  });
  afterEach(() => inbox.close());

  const channel = (settings: { smtpUrl?: string; links?: string } = {}) =>
    mailChannel({ smtpUrl: inbox.url, from: 'approvals@mandate.example', secret: SECRET, ...settings }, store);

  const deliver = (
    given: { its?: NotificationClass; id?: string; item?: InboxItem; to?: string | null; time?: string } = {},
    settings = {},
  ): Promise<void> => {
    const { its = 'approval_required', id = 'n1', item = anInboxItem(), to = 'ana', time = TIME } = given;
    const notification = aNotification({ id, class: its, run: 'r1', details: { ...item } as never });
    const delivery: Delivery = { notification, channel: 'mail', time, ...(to === null ? {} : { to }) };
    return channel(settings).deliver(delivery, AbortSignal.timeout(30_000));
  };

  it('asks one person, with all that there is to know and how to answer', async () => {
    await deliver({}, { links: 'https://mandate.example/p/' });

    const [message] = inbox.messages;
    expect(message).toMatchObject({ from: 'approvals@mandate.example', to: ['ana@example.org'] });
    const { subject, text = '', headers, messageId = '', date } = message!.parsed;
    expect(subject).toBe('[Mandate approval] Tell the team');
    expect(date?.toISOString()).toBe(TIME);
    expect(headers.get('auto-submitted')).toBe('auto-generated');
    expect(headers.get('in-reply-to')).toBeUndefined();
    expect(text).toMatch(/^APPROVE$/m);
    expect(text).toMatch(/^REJECT: and your reason$/m);
    expect(text).toMatch(/^ +"note": "hello"$/m);
    expect(text).toMatch(/^digest +sha256:a{64}$/m);
    expect(text).toMatch(/^may decide +ana, ben; needed: 2 more$/m);
    expect(text).toMatch(/^votes +ben approved$/m);
    expect(text).toMatch(/^deadline +Fri, 02 Jan 2026 00:00:00 GMT; then it counts as rejected$/m);
    const [token = ''] = tokensIn(text);
    expect(text).toMatch(new RegExp(`^Code: ${token}$`, 'm'));
    expect(text).toMatch(/^https:\/\/mandate\.example\/p\/decide\?request=q1&person=ana&message=\S+&code=\S+$/m);
    expect(await store.mails.find([messageId])).toEqual([
      {
        messageId,
        notificationId: 'n1',
        requestId: 'q1',
        run: 'r1',
        principal: 'ana',
        address: 'ana@example.org',
        subject,
        digest: anInboxItem().digest,
        tokenHash: hashOfToken(token),
        sentAt: TIME,
        usedAt: null,
        usedBy: null,
      },
    ]);
  });

  it('sends the very same message when it is asked again, also after a lost answer', async () => {
    inbox.trouble('cut');
    await expect(deliver()).rejects.toThrow('did not take the message');

    await deliver();

    const [first, second] = inbox.messages.map(({ raw }) => raw);
    expect(second).toBe(first);
    expect(await store.mails.first('q1', 'ana')).toBe(inbox.messages[0]?.parsed.messageId);
  });

  it('gives each person, request and notification a code of its own', async () => {
    await deliver();
    await deliver({ id: 'n2', its: 'approval_reminder' });
    await deliver({ id: 'n3', item: anInboxItem({ requestId: 'q2' }) });

    const codes = inbox.messages.flatMap(({ parsed }) => tokensIn(parsed.text ?? ''));
    expect(new Set(codes).size).toBe(3);
  });

  it('puts reminders and ends into the thread of the first message, and asks nothing at the end', async () => {
    await deliver({ item: anInboxItem({ title: 'x'.repeat(100) }) });
    await deliver({ id: 'n2', its: 'approval_reminder', time: '2026-01-01T12:00:00.000Z' });
    await deliver({
      id: 'n3',
      its: 'approval_ended',
      time: '2026-01-01T13:00:00.000Z',
      item: anInboxItem({ status: 'rejected', votes: [{ by: 'ben', verdict: 'reject', reason: 'no', at: TIME }] }),
    });

    const [first, reminder, ended] = inbox.messages.map(({ parsed }) => parsed);
    expect(first?.subject).toBe(`[Mandate approval] ${'x'.repeat(80)}`);
    expect(reminder).toMatchObject({ inReplyTo: first?.messageId, references: first?.messageId });
    expect(ended).toMatchObject({ inReplyTo: first?.messageId });
    expect(ended?.text).toMatch(/^status: rejected$/m);
    expect(ended?.text).toMatch(/^decided by: ben rejected \(no\)$/m);
    expect(tokensIn(ended?.text ?? '')).toEqual([]);
    expect(ended?.text).not.toMatch(/^APPROVE/m);
  });

  it('lets nobody forge headers, codes or instructions', async () => {
    const forged = `fine\r\nBcc: eve@attacker.example\r\n\r\nAPPROVE\nCode: mdt_${'A'.repeat(32)}\n\u2028Code: x`;
    const item = anInboxItem({ title: forged, requester: forged, risk: forged, approvers: [forged] });

    await deliver({
      item: { ...item, context: { agent: forged, titledBy: forged, reason: forged, [forged]: forged } },
    });

    const [message] = inbox.messages;
    expect(message?.to).toEqual(['ana@example.org']);
    expect(message?.parsed.bcc).toBeUndefined();
    const lines = (message?.parsed.text ?? '').split(/[\r\n\u2028]+/);
    expect(lines.filter((line) => line.startsWith('Code:'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('APPROVE'))).toHaveLength(1);
    const [first = ''] = tokensIn(message?.parsed.text ?? '');
    expect(lines).toContain(`Code: ${first}`);
    expect(first).not.toBe(`mdt_${'A'.repeat(32)}`);
  });

  it.each([
    ['nobody to write to', { to: null }, 'has nobody to write to'],
    ['a person without an address', { to: 'ben' }, 'ben has no e-mail address here'],
    ['a person that nobody knows', { to: 'eve' }, 'eve has no e-mail address here'],
    ['what is about no request', { its: 'breaker_opened' as const }, 'not about breaker_opened'],
    ['details that are no request', { item: { requestId: 'q1' } as InboxItem }, 'are no request'],
  ])('gives up at once on %s', async (_what, given, message) => {
    const failed = await deliver(given).catch((error: unknown) => error);

    expect(failed).toBeInstanceOf(Undeliverable);
    expect((failed as Error).message).toContain(message);
    expect(inbox.messages).toEqual([]);
  });

  it('gives up when the server refuses for good, and not when it asks to come again', async () => {
    inbox.trouble({ code: 451, text: 'greylisted' });
    inbox.trouble({ code: 550, text: 'no such user' });

    const passing: unknown = await deliver().catch((error: unknown) => error);
    const lasting: unknown = await deliver().catch((error: unknown) => error);

    expect(passing).not.toBeInstanceOf(Undeliverable);
    expect((passing as Error).message).toContain('451');
    expect(lasting).toBeInstanceOf(Undeliverable);
    expect((lasting as Error).message).toMatch(/ana@example\.org: .*550.*no such user/);
  });

  it('does not give up while the server is away', async () => {
    const [port = 0] = await freePorts(1);
    const away: unknown = await deliver({}, { smtpUrl: `smtp://127.0.0.1:${port}` }).catch((error: unknown) => error);
    await inbox.close();
    inbox = await startSmtpInbox({}, port);

    await deliver();

    expect(away).not.toBeInstanceOf(Undeliverable);
    expect((away as Error).message).toContain('ESOCKET');
    expect(inbox.messages).toHaveLength(1);
  });
});

describe('a mail server that asks for a login', () => {
  const withLogin = (options: object) =>
    startSmtpInbox({
      authOptional: false,
      onAuth: ({ username, password }, _session, callback) =>
        callback(username === 'us@er' && password === 'p:w' ? null : new Error('Wrong'), { user: username }),
      ...options,
    });
  const check = async (url: string) => {
    const { createMailer } = await import('../../../src/activities/mail/mailer.ts');
    return createMailer({ smtpUrl: url, from: 'a@b.example' }).check();
  };

  it('gets it on this machine also without TLS', async () => {
    const server = await withLogin({});

    await check(`smtp://us%40er:p%3Aw@127.0.0.1:${server.port}`);
    await expect(check(`smtp://us%40er:wrong@127.0.0.1:${server.port}`)).rejects.toThrow('Invalid login');
    await server.close();
  });

  it('elsewhere gets it over TLS alone, from a server that is who it says', async () => {
    const seen: unknown[] = [];
    const onAuth = (auth: unknown, _session: unknown, callback: (error: Error) => void): void => {
      seen.push(auth);
      callback(new Error('Wrong'));
    };
    const plain = await withLogin({ onAuth });
    const foreign = await withLogin({ onAuth, secure: true, disabledCommands: [], ...SELF_SIGNED });

    await expect(check(`smtp://user:pw@[::ffff:127.0.0.1]:${plain.port}`)).rejects.toThrow(/TLS|STARTTLS/);
    await expect(check(`smtps://user:pw@127.0.0.1:${foreign.port}`)).rejects.toThrow(/self-signed/);

    expect(seen).toEqual([]);
    await plain.close();
    await foreign.close();
  });
});
