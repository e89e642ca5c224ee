import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startMailWorld } from '../support/mail-world.ts';
import type { MailWorld } from '../support/mail-world.ts';
import { until } from '../support/until.ts';
import { openCli } from './support/mandate-cli.ts';
import type { Cli } from './support/mandate-cli.ts';

interface Finding {
  readonly check: string;
  readonly status: string;
  readonly detail: string;
}

describe.skipIf(inject('dovecotTrouble') !== '')('mail, from the command line', () => {
  let world: MailWorld;
  let cli: Cli;
  beforeAll(async () => {
    world = await startMailWorld();
    cli = await openCli({
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      TEMPORAL_NAMESPACE: 'cli-mail',
      MANDATE_TRUST_NAMESPACE: 'yes',
      ...world.env,
    });
  });
  afterAll(async () => {
    await cli.remove();
    await world.close();
  });

  it('is read by a process of its own, without a database and with no other credentials', async () => {
    // No database answers there, and none is asked.
    const reader = cli.start(['worker', '--roles', 'mail'], {
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      MANDATE_DRAFT_KEYS: 'not a key',
    });
    await reader.sees(/DATABASE_URL, MANDATE_DRAFT_KEYS, MANDATE_SMTP_URL: not for the roles mail; not read/);
    await reader.sees(/Working as mail in namespace/);

    await world.send({ as: 'ana@example.org', text: 'APPROVE' });
    await until('the mail to be seen', async () => (await world.dovecot.unseen()) === 0);
    await until('the page', () =>
      fetch(`${world.page}/decide`).then(
        ({ status }) => status === 404,
        () => false,
      ),
    );
    reader.child.kill('SIGTERM');

    expect(await reader.ended()).toMatchObject({ exitCode: 0 });
  });

  it('is not read where it is not configured, and a role that could do nothing is refused', async () => {
    const none = { MANDATE_IMAP_URL: '', MANDATE_MAIL_AUTHSERV_ID: '', MANDATE_MAIL_LISTEN: '' };
    const alone = await cli.run(['worker', '--roles', 'mail'], { env: none });
    const half = await cli.run(['worker', '--roles', 'mail'], {
      env: { ...none, MANDATE_IMAP_URL: world.dovecot.url },
    });
    const noSecret = await cli.run(['worker', '--roles', 'worker'], { env: { MANDATE_MAIL_SECRET: '' } });

    expect(alone).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('The role mail has nothing to do') as string,
    });
    expect(half.stderr).toContain('The role mail is half configured: MANDATE_MAIL_AUTHSERV_ID missing.');
    expect(noSecret.stderr).toContain('Mail to people is half configured: MANDATE_MAIL_SECRET missing.');
  });

  it('is looked at by doctor, without a word of any password', async () => {
    const good = await cli.json<Finding[]>(['doctor']);
    const wrong = new URL(world.dovecot.url);
    wrong.password = 'hunter2';
    const { stdout } = await cli.run(['doctor'], {
      env: { MANDATE_IMAP_URL: wrong.href, MANDATE_SMTP_URL: 'smtp://user:hunter2@127.0.0.1:1' },
    });

    const mail = good.filter(({ check }) => check.startsWith('mail'));
    expect(mail).toEqual([
      { check: 'mail out', status: 'ok', detail: expect.stringContaining('approvals@mandate.example by 127.0.0.1') },
      { check: 'mail in', status: 'ok', detail: expect.stringContaining('checked by mx.mandate.example') },
    ]);
    expect(stdout).toMatch(/mail out.*does not take our login/);
    expect(stdout).toMatch(/mail in.*cannot be opened/);
    expect(stdout).not.toContain('hunter2');
  });
});
