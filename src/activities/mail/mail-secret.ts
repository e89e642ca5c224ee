import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalize } from '../../contract/canonical.ts';
import type { Json, JsonObject } from '../../contract/json.ts';
import { mailToken } from '../../contract/mail-token.ts';

/** For whom and about what a message is. The same gives the same message, however often it is sent. */
export interface MailSubject {
  readonly notificationId: string;
  readonly person: string;
  readonly requestId: string;
  readonly digest: string;
}

/** What a link to the page says. */
export interface LinkSubject {
  readonly requestId: string;
  readonly person: string;
  readonly messageId: string;
  readonly digest: string;
}

/** Everything that is made with `MANDATE_MAIL_SECRET`. Each purpose has a key of its own in effect. */
export interface MailSecret {
  /** The Message-ID of a message, with its angle brackets. */
  messageId(subject: MailSubject, domain: string): string;
  /** The one-time code of a message. */
  token(subject: MailSubject): string;
  /** The Message-ID of our answer to what somebody wrote. */
  answerId(evidenceId: string, domain: string): string;
  /** Vouches for a link. */
  link(subject: LinkSubject): string;
  isLink(subject: LinkSubject, code: string): boolean;
  /** The id of what somebody answered, by what it is made of: the same for the same, and nobody else's to guess. */
  evidenceId(of: Json): string;
  /** Vouches for what the reader of mail has read. */
  evidence(evidence: JsonObject): string;
  isEvidence(evidence: JsonObject, signature: string): boolean;
}

/** `secret` is the setting: 32 bytes or more in base64. */
export function mailSecret(secret: string): MailSecret {
  const key = Buffer.from(secret, 'base64');
  const mac = (purpose: string, subject: object): Buffer =>
    createHmac('sha256', key)
      .update(`${purpose}\n${canonicalize(subject)}`)
      .digest();
  // 192 bits: whole characters of base64, and more than anybody guesses.
  const short = (purpose: string, subject: object): string =>
    mac(purpose, subject).subarray(0, 24).toString('base64url');
  const isSame = (purpose: string, subject: object, given: string): boolean => {
    const code = Buffer.from(given, 'base64url');
    const right = mac(purpose, subject);
    return code.length === right.length && timingSafeEqual(code, right);
  };
  return {
    messageId: (subject, domain) => `<${short('message-id', subject)}@${domain}>`,
    token: (subject) => mailToken(short('token', subject)),
    answerId: (evidenceId, domain) => `<${short('answer-id', { evidenceId })}@${domain}>`,
    link: (subject) => mac('link', subject).toString('base64url'),
    isLink: (subject, code) => isSame('link', subject, code),
    evidenceId: (of) => mac('evidence-id', { of }).toString('hex'),
    evidence: (evidence) => mac('evidence', evidence).toString('base64url'),
    isEvidence: (evidence, signature) => isSame('evidence', evidence, signature),
  };
}

/** Of a code, what is kept and may be told. */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
