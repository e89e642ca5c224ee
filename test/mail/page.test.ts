import { createHash } from 'node:crypto';
import { WorkflowClient } from '@temporalio/client';
import Sqlite from 'libsql';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { readLink } from '../../src/activities/mail/link.ts';
import { mailSecret } from '../../src/activities/mail/mail-secret.ts';
import { replyWorkflowId } from '../../src/contract/ids.ts';
import { createPage } from '../../src/mail/page.ts';
import { newId } from '../../src/new-id.ts';
import { MAIL_SECRET, startMailWorld } from '../support/mail-world.ts';
import type { MailWorld } from '../support/mail-world.ts';
import { askByMail } from '../support/mailed-requests.ts';
import type { MailedRequest } from '../support/mailed-requests.ts';
import { startMandate } from '../support/mandate.ts';
import type { Mandate } from '../support/mandate.ts';
import { until } from '../support/until.ts';

const secret = mailSecret(MAIL_SECRET);
const NASTY = '<script>alert(1)</script>"\'&';

describe.skipIf(inject('dovecotTrouble') !== '')('the page of a link', () => {
  let world: MailWorld;
  let mandate: Mandate;
  let asked: MailedRequest;
  let link: string;
  beforeAll(async () => {
    world = await startMailWorld();
    mandate = await startMandate({ env: world.env, roles: ['worker', 'mail'] });
    inStore(
      `insert into principals (id, kind, email, created_at) values ('ana', 'person', 'ana@example.org', '2026-01-01T00:00:00.000Z')`,
    );
  });
  afterAll(async () => {
    await mandate.stop();
    await world.close();
  });
  beforeEach(async () => {
    asked = await askByMail(mandate, world, {
      action: { kind: 'note', target: { to: 'everybody' }, payload: { text: NASTY } },
    });
    link = /^http\S+\/decide\?\S+$/m.exec(asked.letter.parsed.text ?? '')?.[0] ?? '';
  });

  function inStore(statement: string): void {
    const database = new Sqlite(path.join(mandate.folder, 'mandate.db'), { timeout: 5_000 });
    database.exec(statement);
    database.close();
  }

  const post = (form: Record<string, string>, headers: Record<string, string> = {}, to = link): Promise<Response> =>
    fetch(to, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { 'sec-fetch-site': 'same-origin', ...headers },
      redirect: 'manual',
    });

  /** How many replies were handed over since then, once the lists show what is started now. */
  async function repliesSince(time: string): Promise<number> {
    const { workflow } = mandate.client;
    const workflowId = `marker/${newId()}`;
    await workflow.start('anything', { workflowId, taskQueue: 'of-nobody' });
    await until('the marker', async () => (await workflow.count(`WorkflowId = "${workflowId}"`)).count === 1);
    return (await workflow.count(`WorkflowType = "reply" AND StartTime > "${time}"`)).count;
  }

  it('shows the whole request, harmless, to be decided by a form without scripts', async () => {
    const response = await fetch(link);
    const text = await response.text();

    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
      ) as string,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(response.headers.get('content-security-policy')).toContain(`'sha256-${hash}'`);
    expect(text).not.toContain('<script');
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text).toContain(asked.item.digest);
    expect(text).toContain('<strong>ana</strong>');
    expect(text).toMatch(/<form method="post"/);
    expect(text).not.toMatch(/checked/);
  });

  it.each(['GET', 'HEAD'])('changes nothing for a %s, whatever it asks for', async (method) => {
    const began = new Date().toISOString();

    for (const more of ['', '&verdict=approve&reason=x', '&_method=POST&verdict=approve']) {
      const response = await fetch(`${link}${more}`, {
        method,
        headers: { 'x-http-method-override': 'POST', 'sec-fetch-site': 'same-origin' },
      });
      await response.text();
      expect(response.status).toBe(200);
    }

    expect(await repliesSince(began)).toBe(0);
    expect(await asked.status()).toBe('pending');
    const [sent] = await mandate.store.mails.find([asked.letter.parsed.messageId ?? '']);
    expect(sent?.usedBy).toBeNull();
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('does not know %s', async (method) => {
    const response = await fetch(link, { method });

    expect(response.status).toBe(405);
  });

  it('decides by a POST once, and says the same again when that is sent again', async () => {
    const first = await post({ verdict: 'reject', reason: 'not on a Friday' });
    const again = await post({ verdict: 'reject', reason: 'not on a Friday' });
    const other = await post({ verdict: 'approve' });

    const said = await first.text();
    expect(first.status).toBe(200);
    expect(said).toMatch(/Your rejection (counts|was refused)/);
    expect(await again.text()).toBe(said);
    expect(other.status).toBe(409);
    expect(await other.text()).toContain('has been used already');
    const [sent] = await mandate.store.mails.find([asked.letter.parsed.messageId ?? '']);
    expect(await mandate.store.mails.decision(sent?.usedBy ?? '')).toMatchObject({
      principal: 'ana',
      verdict: 'reject',
      reason: 'not on a Friday',
      digest: asked.item.digest,
    });
  });

  it.each<[string, Record<string, string>]>([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sub-domain', { 'sec-fetch-site': 'same-site' }],
    ['a bookmark', { 'sec-fetch-site': 'none' }],
  ])('decides nothing by a POST from %s', async (_what, headers) => {
    expect((await post({ verdict: 'approve' }, headers)).status).toBe(403);
    expect(await asked.status()).toBe('pending');
  });

  it('takes an older browser, which only says where the form came from, and no other', async () => {
    const bare = (headers: Record<string, string>) =>
      fetch(link, { method: 'POST', body: new URLSearchParams({ verdict: 'nothing' }), headers });

    expect((await bare({})).status).toBe(403);
    expect((await bare({ origin: 'null' })).status).toBe(403);
    expect((await bare({ origin: 'https://attacker.example' })).status).toBe(403);
    expect((await bare({ origin: new URL(link).origin })).status).toBe(400);
  });

  it.each<[string, Record<string, string>, number]>([
    ['no choice', {}, 400],
    ['another choice', { verdict: 'maybe' }, 400],
    ['a rejection without a reason', { verdict: 'reject', reason: ' \n ' }, 400],
    ['a reason that is too long', { verdict: 'approve', reason: 'x'.repeat(10_001) }, 400],
    ['a form that is too long', { verdict: 'approve', reason: 'x'.repeat(200_000) }, 413],
  ])('decides nothing with %s', async (_what, form, status) => {
    const began = new Date().toISOString();

    const response = await post(form);

    expect(response.status).toBe(status);
    expect(response.headers.get('connection') === 'close').toBe(status === 413);
    expect(await response.text()).toContain('Nothing was decided');
    expect(await repliesSince(began)).toBe(0);
  });

  it.each(['request', 'person', 'message', 'digest', 'code'])('is no link of ours with another %s', async (name) => {
    const changed = new URL(link);
    changed.searchParams.set(name, `${changed.searchParams.get(name)}x`);

    expect((await fetch(changed)).status).toBe(404);
    expect((await post({ verdict: 'approve' }, {}, changed.href)).status).toBe(404);
    expect((await fetch(new URL('/', link))).status).toBe(404);
  });

  it('has nothing to decide when the request has ended', async () => {
    await mandate.client.workflow.getHandle(`approval/${asked.requestId}`).cancel();
    await until('the end', async () => (await asked.status()) === 'cancelled');

    const response = await fetch(link);

    expect(response.status).toBe(410);
    expect(await response.text()).toMatch(/has ended: cancelled(?!.*<form)/s);
  });

  it('has nothing to decide when the request was terminated, which could not say so itself', async () => {
    await mandate.client.workflow.getHandle(`approval/${asked.requestId}`).terminate('asked by mistake');

    const response = await fetch(link);

    expect(response.status).toBe(410);
    expect(await response.text()).toMatch(/has ended: cancelled, terminated by .*asked by mistake(?!.*<form)/s);
  });

  it('says so when a decision cannot be judged any more', async () => {
    const { workflow } = mandate.client;
    await mandate.rest(['worker']);

    const posted = post({ verdict: 'approve' });
    const subject = readLink(new URL(link).searchParams, secret);
    const reply = workflow.getHandle(
      replyWorkflowId(secret.evidenceId({ via: 'link', ...subject, verdict: 'approve' })),
    );
    await until('the reply being handed over', () =>
      reply.terminate('the test').then(
        () => true,
        () => false,
      ),
    );
    const response = await posted;
    await mandate.work(['worker']);

    expect(response.status).toBe(500);
    expect(await response.text()).toContain('could not be judged');
    expect(await asked.status()).toBe('pending');
  });

  it('does not say that nothing was decided when the answer to the hand-over is lost', async () => {
    const { connection, options } = mandate.client;
    const workflows = new WorkflowClient({
      connection,
      namespace: options.namespace,
      interceptors: [
        {
          async startWithDetails(input, next) {
            await next(input);
            throw new Error('14 UNAVAILABLE: the connection was dropped');
          },
        },
      ],
    });
    const page = createPage({ workflows, secret });

    const response = await page.request(link, {
      method: 'POST',
      body: new URLSearchParams({ verdict: 'approve' }),
      headers: { 'sec-fetch-site': 'same-origin' },
    });

    expect(response.status).toBe(503);
    const said = await response.text();
    expect(said).toContain('not known whether your decision was taken');
    expect(said).not.toContain('Nothing was decided');
    await until('the decision to count', async () => (await asked.status()) === 'approved');
    expect(await (await post({ verdict: 'approve' })).text()).toContain('Your approval counts');
  });

  it('is of nobody who was disabled meanwhile', async () => {
    inStore(`update principals set disabled_at = '2026-01-01T00:00:00.000Z' where id = 'ana'`);

    const response = await post({ verdict: 'approve' });
    inStore(`update principals set disabled_at = null where id = 'ana'`);

    expect(response.status).toBe(409);
    expect(await asked.status()).toBe('pending');
  });
});
