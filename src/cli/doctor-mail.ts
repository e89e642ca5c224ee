import { withoutSecrets } from '../activities/provider-text.ts';
import { createMailer } from '../activities/mail/mailer.ts';
import type { MailSettings } from '../activities/mail/mail-setting.ts';
import { incomingMail, outgoingMail } from '../mail-settings.ts';
import type { Finding } from './doctor-checks.ts';

type Found = Omit<Finding, 'check'>;

/** Whether the server takes our login; nothing is sent. */
export async function checkMailOut(settings: MailSettings): Promise<Found> {
  const outgoing = outgoingMail(settings);
  if (outgoing === undefined) return { status: 'ok', detail: 'not configured (MANDATE_SMTP_URL)' };
  const { host } = new URL(outgoing.smtpUrl);
  try {
    await createMailer(outgoing).check();
  } catch (error) {
    return failed(`the mail server ${host} does not take our login`, error, 'check MANDATE_SMTP_URL');
  }
  const links = outgoing.links === undefined ? 'without links (MANDATE_MAIL_LINKS)' : `links to ${outgoing.links}`;
  return { status: 'ok', detail: `${outgoing.from} by ${host}, ${links}` };
}

/** Whether the mailbox can be opened; nothing is read or marked. */
export async function checkMailIn(settings: MailSettings): Promise<Found> {
  const incoming = incomingMail(settings);
  if (incoming === undefined) return { status: 'ok', detail: 'not configured (MANDATE_IMAP_URL, MANDATE_MAIL_LISTEN)' };
  const { mailbox, listen } = incoming;
  const page = listen === undefined ? 'no page (MANDATE_MAIL_LISTEN)' : `the page at ${listen.host}:${listen.port}`;
  if (mailbox === undefined) return { status: 'ok', detail: `${page}; no mailbox (MANDATE_IMAP_URL)` };
  const { host } = new URL(mailbox.url);
  try {
    // Its library is large, and every other command would wait for it.
    const { checkMailbox } = await import('../mail/mailbox.ts');
    await checkMailbox(mailbox.url);
  } catch (error) {
    return failed(`the mailbox at ${host} cannot be opened`, error, 'check MANDATE_IMAP_URL');
  }
  return { status: 'ok', detail: `the mailbox at ${host}, checked by ${mailbox.authservId}; ${page}` };
}

function failed(what: string, error: unknown, todo: string): Found {
  const { responseText, message } = error as { responseText?: string; message?: string };
  return { status: 'fail', detail: `${what}: ${withoutSecrets(responseText ?? message ?? String(error))}`, todo };
}
