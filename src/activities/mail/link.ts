import type { LinkSubject, MailSecret } from './mail-secret.ts';

/** The path of the page that decides, below its base. */
export const DECIDE = 'decide';

const NAMES = { requestId: 'request', person: 'person', messageId: 'message', digest: 'digest' } as const;

/** The page's address for one message. `base` ends in a slash. */
export function linkTo(
  base: string,
  secret: MailSecret,
  { requestId, person, messageId, digest }: LinkSubject,
): string {
  const subject = { requestId, person, messageId, digest };
  const url = new URL(DECIDE, base);
  for (const [field, name] of Object.entries(NAMES)) url.searchParams.set(name, subject[field as keyof LinkSubject]);
  url.searchParams.set('code', secret.link(subject));
  return url.href;
}

/** What a link says; undefined unless it is one of ours. */
export function readLink(parameters: URLSearchParams, secret: MailSecret): LinkSubject | undefined {
  const given = (name: string): string => parameters.get(name) ?? '';
  const subject = {
    requestId: given(NAMES.requestId),
    person: given(NAMES.person),
    messageId: given(NAMES.messageId),
    digest: given(NAMES.digest),
  };
  return secret.isLink(subject, given('code')) ? subject : undefined;
}
