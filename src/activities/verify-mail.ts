import type { Verified, VerifyInput } from '../contract/proof.ts';
import type { Store } from '../store/open.ts';
import { MAIL_PROOF_PREFIX } from '../contract/decision-wire.ts';
import { SLACK_MS } from '../policy/token-proof.ts';
import { addressOf } from './mail/address-of.ts';

/**
 * Who answered a message of ours, by a proof `mail.<decisionId>`. The proof itself proves nothing: it names what was
 * found to be decided before, and the decision must be that one, for that request.
 */
export async function verifyMail(
  { requestId, createdAt, decision }: VerifyInput,
  store: Pick<Store, 'mails' | 'principals'>,
): Promise<Verified> {
  const { proof = '', verdict, reason, by, edits, group } = decision;
  const decisionId = proof.startsWith(MAIL_PROOF_PREFIX) ? proof.slice(MAIL_PROOF_PREFIX.length) : '';
  // Anybody can send a proof, and a database fails for text that it cannot hold.
  const found = DECISION_ID.test(decisionId) ? await store.mails.decision(decisionId) : undefined;
  if (found === undefined) return refused('NotAnApprover', 'no answer to a message of ours has this proof');
  const isSame =
    found.requestId === requestId &&
    found.verdict === verdict &&
    found.reason === reason &&
    (by === undefined || by === found.principal) &&
    (decision.decisionId === undefined || decision.decisionId === decisionId) &&
    edits === undefined &&
    group === undefined;
  if (!isSame) return refused('NotAnApprover', 'what was answered to our message is another decision than this one');
  const genuine = { madeWith: `mail/${found.principal}`, madeAtMs: Date.parse(found.receivedAt) };
  if (genuine.madeAtMs < Date.parse(createdAt) - SLACK_MS) {
    return refused(
      'Invalid',
      `The answer was received at ${found.receivedAt}, before this request was made at ${createdAt}; answer the message about this one.`,
    );
  }
  if ((await addressOf(store.principals, found.principal)) === undefined) {
    const message = `${found.principal} is disabled, or has no e-mail address here any more`;
    return { ...refused('NotAnApprover', message), genuine };
  }
  return {
    ok: true,
    genuine,
    by: found.principal,
    provenBy: { kind: 'mail', messageId: found.messageId },
    decisionId,
    digest: found.digest,
    attestedAt: found.receivedAt,
  };
}

const DECISION_ID = /^mail-[0-9a-f]{64}$/;

function refused(outcome: 'NotAnApprover' | 'Invalid', message: string): Verified {
  return { ok: false, outcome, message };
}
