import { MAIL_ID_PREFIX } from '../../contract/decision-wire.ts';
import type { LinkEvidence, MailEvidence, ReplyJudgement, ReplyRefusal } from '../../contract/reply.ts';
import { isAutomatic, mayBeAnswered } from '../../policy/automatic-mail.ts';
import { isAuthenticated, judgeSender, messageIds } from '../../policy/sender.ts';
import { ignoringCase, senderAddress } from '../../policy/sender-address.ts';
import type { FoundMail, Mails } from '../../store/mails.ts';
import type { Store } from '../../store/open.ts';
import { addressOf } from './address-of.ts';

interface Around {
  readonly store: Pick<Store, 'mails' | 'principals'>;
  readonly now: string;
}

// Whoever names more messages than a thread has answers none of ours.
const MAX_IDS = 200;

/**
 * Judges a mail by the message of ours that it answers: first whether its sender may decide, then whether it does. A
 * decision is kept, and the message's code used up, before it is told to anybody.
 */
export async function judgeMail(
  evidence: MailEvidence,
  { store, now, ours }: Around & { readonly ours: string | undefined },
): Promise<ReplyJudgement> {
  const decisionId = decisionIdOf(evidence);
  const named = messageIds(evidence.inReplyTo ?? undefined).concat(
    messageIds(evidence.references ?? undefined).toReversed(),
  );
  const sent = answered(await store.mails.find([...new Set(named)].slice(0, MAX_IDS)), named, evidence.tokenHashes);
  const from = senderAddress(evidence.from ?? '') ?? null;
  const sender = correspondentOf(evidence, from, sent, ours);
  const refused = (why: ReplyRefusal): ReplyJudgement => ({
    kind: 'refused',
    why,
    run: sent?.run ?? 'mail',
    requestId: sent?.requestId ?? null,
    messageId: sent?.messageId ?? null,
    from,
    sender,
  });
  if (sent === undefined) return refused('not_a_reply');

  const isUsed = sent.usedBy !== null && sent.usedBy !== decisionId;
  const judged = judgeSender(
    {
      from: evidence.from ?? '',
      inReplyTo: evidence.inReplyTo ?? undefined,
      references: evidence.references ?? undefined,
      token: evidence.tokenHashes.includes(sent.tokenHash) ? sent.tokenHash : evidence.tokenHashes[0],
      authenticationResults: evidence.authenticationResults,
    },
    {
      messageId: sent.messageId,
      token: sent.tokenHash,
      tokenUsed: isUsed,
      approvers: await approversOf(store, sent),
      trustedAuthservId: evidence.authservId,
    },
  );
  if (judged === 'bad_token' && isUsed && evidence.tokenHashes.includes(sent.tokenHash)) return refused('used_token');
  if (judged !== 'accepted') return refused(judged);
  if (isAutomatic(evidence)) return refused('automatic');
  if (evidence.verdict === null) return refused('no_decision');
  const { verdict, reason, receivedAt } = evidence;
  const decided = await decide(store.mails, sent, { decisionId, verdict, reason, receivedAt, now });
  return decided === undefined ? refused('used_token') : { ...decided, sender };
}

/** Judges what came from the page: its link vouches for the person, and counts once like the code beside it. */
export async function judgeLink(evidence: LinkEvidence, { store, now }: Around): Promise<ReplyJudgement> {
  const [sent] = await store.mails.find([evidence.messageId]);
  const refused = (why: ReplyRefusal): ReplyJudgement => ({
    kind: 'refused',
    why,
    run: sent?.run ?? 'mail',
    requestId: evidence.requestId,
    messageId: evidence.messageId,
    from: null,
    sender: null,
  });
  const { requestId, person, digest, verdict, reason, receivedAt } = evidence;
  if (sent?.requestId !== requestId || sent.principal !== person || sent.digest !== digest)
    return refused('not_a_reply');
  const decisionId = decisionIdOf(evidence);
  if (sent.usedBy !== null && sent.usedBy !== decisionId) return refused('used_token');
  if ((await approversOf(store, sent)).length === 0) return refused('not_an_approver');
  const decided = await decide(store.mails, sent, { decisionId, verdict, reason, receivedAt, now });
  return decided ?? refused('used_token');
}

function decisionIdOf({ id }: MailEvidence | LinkEvidence): string {
  return `${MAIL_ID_PREFIX}${id}`;
}

/** Of the messages that a mail names, the one whose code it carries; else the one that it names first. */
function answered(
  found: readonly FoundMail[],
  named: readonly string[],
  tokenHashes: readonly string[],
): FoundMail | undefined {
  const byToken = found.find(({ tokenHash }) => tokenHashes.includes(tokenHash));
  if (byToken !== undefined) return byToken;
  return found.toSorted((a, b) => named.indexOf(a.messageId) - named.indexOf(b.messageId))[0];
}

/** The one person that a message was for, as long as that is still their address. */
async function approversOf({ principals }: Around['store'], { principal, address }: FoundMail): Promise<string[]> {
  const current = await addressOf(principals, principal);
  return current !== undefined && ignoringCase(current) === ignoringCase(address) ? [address] : [];
}

/** To whom an answer may go: never to a machine or ourselves, and to nobody in whose name others could have written. */
function correspondentOf(
  evidence: MailEvidence,
  from: string | null,
  sent: FoundMail | undefined,
  ours: string | undefined,
): Extract<ReplyJudgement, { kind: 'refused' }>['sender'] {
  if (from === null || !mayBeAnswered(evidence)) return null;
  const address = ignoringCase(from);
  if (ours !== undefined && ignoringCase(ours) === address) return null;
  const isTheirs = sent !== undefined && ignoringCase(sent.address) === address;
  const { authenticationResults, authservId } = evidence;
  if (!isTheirs && !isAuthenticated({ from, authenticationResults }, authservId)) return null;
  return { address, messageId: sent?.messageId ?? null, subject: sent?.subject ?? '[Mandate approval]' };
}

interface Given {
  readonly decisionId: string;
  readonly verdict: 'approve' | 'reject';
  readonly reason: string | undefined;
  readonly receivedAt: string;
  readonly now: string;
}

async function decide(
  mails: Mails,
  { messageId, requestId, principal, digest, run }: FoundMail,
  { decisionId, verdict, reason, receivedAt, now }: Given,
): Promise<Extract<ReplyJudgement, { kind: 'decision' }> | undefined> {
  const because = reason === undefined ? {} : { reason };
  const decision = { decisionId, messageId, requestId, principal, verdict, digest, ...because, receivedAt };
  if ((await mails.decide(decision, now)) === 'used') return undefined;
  return { kind: 'decision', decisionId, requestId, run, messageId, verdict, ...because, sender: null };
}
