import { z } from 'zod';
import type { DecisionAnswer } from './approval-request.ts';
import { Verdict } from './approval.ts';
import { Digest } from './canonical.ts';
import { Text } from './text.ts';

/** Of a mail, or of what a page was sent: the same for the same, so that it decides once however often it is read. */
const EvidenceId = z.string().regex(/^[a-f0-9]{64}$/, 'must be 64 hex digits');

const HeaderValue = Text.max(20_000).nullable();
const Reason = Text.max(10_000).exactOptional();
const Instant = z.iso.datetime({ precision: 3 });

/** What the reader of mail has read: no body, and no code, whose hashes stand for them. */
export const MailEvidence = z.strictObject({
  via: z.literal('mail'),
  id: EvidenceId,
  /** Raw values of headers; null where there is none. */
  from: HeaderValue,
  inReplyTo: HeaderValue,
  references: HeaderValue,
  messageId: HeaderValue,
  autoSubmitted: HeaderValue,
  precedence: HeaderValue,
  returnPath: HeaderValue,
  /** Topmost first. */
  authenticationResults: z.array(Text.max(20_000)).max(50),
  /** Of the receiving server. */
  authservId: z.string().min(1),
  /** SHA-256 of each code that was found. */
  tokenHashes: z.array(z.string().regex(/^[a-f0-9]{64}$/)).max(50),
  /** Null where the text is no decision. */
  verdict: Verdict.nullable(),
  reason: Reason,
  /** Why the text could not be read. */
  unread: z.enum(['too_large', 'broken']).exactOptional(),
  /** When the receiving server had it. */
  receivedAt: Instant,
});
export type MailEvidence = z.infer<typeof MailEvidence>;

/** What a person sent from the page of a link of ours. */
export const LinkEvidence = z.strictObject({
  via: z.literal('link'),
  id: EvidenceId,
  /** Of the message that had the link. */
  messageId: z.string().min(1).max(1_000),
  requestId: z.string().min(1).max(200),
  person: z.string().min(1).max(200),
  digest: Digest,
  verdict: Verdict,
  reason: Reason,
  receivedAt: Instant,
});
export type LinkEvidence = z.infer<typeof LinkEvidence>;

export const Evidence = z.discriminatedUnion('via', [MailEvidence, LinkEvidence]);
export type Evidence = z.infer<typeof Evidence>;

/** What the workflow `reply` takes. */
export const ReplyInput = z.strictObject({
  evidence: Evidence,
  /** Made with the secret that only the reader of mail and the worker hold. */
  signature: z.string().max(100),
});
export type ReplyInput = z.infer<typeof ReplyInput>;

/** Why a reply is no decision. */
export const ReplyRefusal = z.enum([
  'forged',
  'not_a_reply',
  'bad_token',
  'used_token',
  'not_an_approver',
  'unauthenticated',
  'automatic',
  'no_decision',
]);
export type ReplyRefusal = z.infer<typeof ReplyRefusal>;

/** To whom, and about what, an answer may go. */
export interface Correspondent {
  readonly address: string;
  /** The message of ours that it is about; null where there is none. */
  readonly messageId: string | null;
  readonly subject: string;
}

/** What a reply is. */
export type ReplyJudgement =
  | {
      readonly kind: 'decision';
      readonly decisionId: string;
      readonly requestId: string;
      readonly run: string;
      readonly messageId: string;
      readonly verdict: Verdict;
      readonly reason?: string;
      /** Whom to tell what became of it; null where nobody is to be written to. */
      readonly sender: Correspondent | null;
    }
  | {
      readonly kind: 'refused';
      readonly why: ReplyRefusal;
      /** Whose ledger it stands in. */
      readonly run: string;
      readonly requestId: string | null;
      readonly messageId: string | null;
      /** The one address that it says it comes from; null when it does not say. */
      readonly from: string | null;
      readonly sender: Correspondent | null;
    };

/** What became of a reply: the workflow's result. */
export type ReplyOutcome =
  | { readonly outcome: 'decided'; readonly requestId: string; readonly answer: DecisionAnswer }
  | { readonly outcome: 'refused'; readonly why: ReplyRefusal };
