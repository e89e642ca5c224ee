import { authenticatedDomains } from './authentication-results.ts';
import { headerTokens } from './header-tokens.ts';
import { ignoringCase, senderAddress } from './sender-address.ts';

/** What of a message says whose it is: raw values of its headers, and the token that it carries. */
export interface ReceivedMessage {
  readonly from: string;
  readonly inReplyTo?: string | undefined;
  readonly references?: string | undefined;
  readonly token?: string | undefined;
  /** Topmost first. */
  readonly authenticationResults?: readonly string[] | undefined;
}

/** The message of ours that it should answer. */
export interface SentMessage {
  /** With its angle brackets. */
  readonly messageId: string;
  readonly token: string;
  readonly tokenUsed?: boolean | undefined;
  /** Addresses of those who may answer it. */
  readonly approvers: readonly string[];
  /** Of the server whose checks are believed. */
  readonly trustedAuthservId: string;
}

export type SenderJudgement = 'accepted' | 'not_a_reply' | 'bad_token' | 'not_an_approver' | 'unauthenticated';

/** Judges whether a message may decide. Fails towards refusal: the first check that fails is the answer. */
export function judgeSender(message: ReceivedMessage, sent: SentMessage): SenderJudgement {
  const { inReplyTo, references, token, from } = message;
  if (![...messageIds(inReplyTo), ...messageIds(references)].includes(sent.messageId)) return 'not_a_reply';
  if (token === undefined || token === '' || token !== sent.token || sent.tokenUsed === true) return 'bad_token';
  const sender = senderAddress(from);
  if (sender === undefined || !sent.approvers.some((each) => ignoringCase(each) === ignoringCase(sender))) {
    return 'not_an_approver';
  }
  return isAuthenticated(message, sent.trustedAuthservId) ? 'accepted' : 'unauthenticated';
}

/** Whether the trusted server vouches for the domain of a message's only sender. */
export function isAuthenticated(
  { from, authenticationResults = [] }: Pick<ReceivedMessage, 'from' | 'authenticationResults'>,
  trustedAuthservId: string,
): boolean {
  const sender = senderAddress(from);
  if (sender === undefined) return false;
  const domain = sender.slice(sender.lastIndexOf('@') + 1);
  return authenticatedDomains(authenticationResults, trustedAuthservId).some((each) => isAligned(each, domain));
}

/** The ids that a raw In-Reply-To or References names, with their angle brackets, in its order. */
export function messageIds(value: string | undefined): string[] {
  if (value === undefined) return [];
  return headerTokens(value, '', true).flatMap(({ kind, text }) => (kind === 'angle' ? [`<${text}>`] : []));
}

/** A domain speaks for itself and what is below it, when it has two labels at least. */
function isAligned(authenticated: string, of: string): boolean {
  const [theirs, ours] = [ignoringCase(authenticated), ignoringCase(of)];
  const labels = theirs.split('.');
  if (labels.length < 2 || labels.includes('')) return false;
  return ours === theirs || ours.endsWith(`.${theirs}`);
}
