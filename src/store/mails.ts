import type { Verdict } from '../contract/approval.ts';
import type { Database } from './database.ts';
import type { MailDecisionRow, MailRow } from './tables.ts';

/** A message that we sent to one person, and the one answer that it may have. */
export interface SentMail {
  /** With its angle brackets. */
  readonly messageId: string;
  readonly notificationId: string;
  readonly requestId: string;
  /** Where in the ledger what becomes of it is told. */
  readonly run: string;
  readonly principal: string;
  readonly address: string;
  readonly subject: string;
  readonly digest: string;
  /** SHA-256 of the one-time code. */
  readonly tokenHash: string;
  readonly sentAt: string;
}

/** The same with what became of its code. */
export interface FoundMail extends SentMail {
  readonly usedAt: string | null;
  /** The decision that the code was used for. */
  readonly usedBy: string | null;
}

/** A decision that a message of ours was answered with. */
export interface MailDecision {
  readonly decisionId: string;
  readonly messageId: string;
  readonly requestId: string;
  readonly principal: string;
  readonly verdict: Verdict;
  /** Of the action that the message showed. */
  readonly digest: string;
  readonly reason?: string;
  readonly receivedAt: string;
}

export interface Mails {
  /** Keeps a message; the same one again changes nothing. */
  put(mail: SentMail): Promise<void>;
  /** The id of the first message to a person about a request. */
  first(requestId: string, principal: string): Promise<string | undefined>;
  find(messageIds: readonly string[]): Promise<FoundMail[]>;
  /** Keeps a decision and uses the code of its message up for it: both, or neither when another decision has used it. */
  decide(decision: MailDecision, time: string): Promise<'decided' | 'used'>;
  decision(decisionId: string): Promise<MailDecision | undefined>;
  /**
   * Whether `address` may be told about its mail `answeredTo` that it was no decision. Once for each message of ours and
   * address; asked again about the same mail, the answer is the same.
   */
  mayTell(told: {
    readonly messageId: string;
    readonly address: string;
    readonly answeredTo: string;
    readonly time: string;
  }): Promise<boolean>;
}

export function createMails(database: Database): Mails {
  return {
    async put(mail) {
      await database.write((tx) =>
        tx
          .insertInto('mails')
          .values(rowOf(mail))
          .onConflict((conflict) => conflict.column('message_id').doNothing())
          .execute(),
      );
    },

    async first(requestId, principal) {
      const row = await database.read((db) =>
        db
          .selectFrom('mails')
          .select('message_id')
          .where('request_id', '=', requestId)
          .where('principal', '=', principal)
          .orderBy('sent_at')
          .orderBy('message_id')
          .executeTakeFirst(),
      );
      return row?.message_id;
    },

    async find(messageIds) {
      if (messageIds.length === 0) return [];
      const rows = await database.read((db) =>
        db
          .selectFrom('mails')
          .selectAll()
          .where('message_id', 'in', [...messageIds])
          .execute(),
      );
      return rows.map(mailOf);
    },

    decide: (decision, time) =>
      database.write(async (tx) => {
        const { messageId, decisionId } = decision;
        const used = await tx
          .updateTable('mails')
          .set({ used_at: time, used_by: decisionId })
          .where('message_id', '=', messageId)
          .where('used_by', 'is', null)
          .returning('message_id')
          .execute();
        if (used.length === 0) {
          const kept = await tx
            .selectFrom('mail_decisions')
            .select('decision_id')
            .where('decision_id', '=', decisionId)
            .where('message_id', '=', messageId)
            .executeTakeFirst();
          return kept === undefined ? 'used' : 'decided';
        }
        await tx.insertInto('mail_decisions').values(decisionRowOf(decision)).execute();
        return 'decided';
      }),

    async decision(decisionId) {
      const row = await database.read((db) =>
        db.selectFrom('mail_decisions').selectAll().where('decision_id', '=', decisionId).executeTakeFirst(),
      );
      return row && decisionOf(row);
    },

    mayTell: ({ messageId, address, answeredTo, time }) =>
      database.write(async (tx) => {
        await tx
          .insertInto('mail_answers')
          .values({ message_id: messageId, address, answered_to: answeredTo, answered_at: time })
          .onConflict((conflict) => conflict.columns(['message_id', 'address']).doNothing())
          .execute();
        const { answered_to: told } = await tx
          .selectFrom('mail_answers')
          .select('answered_to')
          .where('message_id', '=', messageId)
          .where('address', '=', address)
          .executeTakeFirstOrThrow();
        return told === answeredTo;
      }),
  };
}

function rowOf(mail: SentMail): MailRow {
  return {
    message_id: mail.messageId,
    notification_id: mail.notificationId,
    request_id: mail.requestId,
    run: mail.run,
    principal: mail.principal,
    address: mail.address,
    subject: mail.subject,
    digest: mail.digest,
    token_hash: mail.tokenHash,
    sent_at: mail.sentAt,
    used_at: null,
    used_by: null,
  };
}

function mailOf(row: MailRow): FoundMail {
  return {
    messageId: row.message_id,
    notificationId: row.notification_id,
    requestId: row.request_id,
    run: row.run,
    principal: row.principal,
    address: row.address,
    subject: row.subject,
    digest: row.digest,
    tokenHash: row.token_hash,
    sentAt: row.sent_at,
    usedAt: row.used_at,
    usedBy: row.used_by,
  };
}

function decisionRowOf(decision: MailDecision): MailDecisionRow {
  return {
    decision_id: decision.decisionId,
    message_id: decision.messageId,
    request_id: decision.requestId,
    principal: decision.principal,
    verdict: decision.verdict,
    digest: decision.digest,
    reason: decision.reason ?? null,
    received_at: decision.receivedAt,
  };
}

function decisionOf(row: MailDecisionRow): MailDecision {
  return {
    decisionId: row.decision_id,
    messageId: row.message_id,
    requestId: row.request_id,
    principal: row.principal,
    verdict: row.verdict as Verdict,
    digest: row.digest,
    ...(row.reason === null ? {} : { reason: row.reason }),
    receivedAt: row.received_at,
  };
}
