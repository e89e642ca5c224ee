import { type Kysely, type Migration, sql } from 'kysely';

/** Every change to the schema, by name, in the order of the names. One that was released is never edited. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001_ledger_claims_outputs_items': { up: createFirstTables },
  '0002_dispatch': { up: addDispatchTables },
  '0003_approvals': { up: addApprovalTables },
};

async function createFirstTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('ledger')
    .addColumn('position', 'bigint', (column) => column.primaryKey())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('entry_id', 'text', (column) => column.notNull().unique())
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('agent', 'text')
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('time', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('run_previous', 'text', (column) => column.notNull())
    .addColumn('previous', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('ledger_by_run').on('ledger').columns(['run', 'position']).execute();

  await db.schema
    .createTable('effect_claims')
    .addColumn('draft_id', 'text', (column) => column.primaryKey())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('worker', 'text', (column) => column.notNull())
    .addColumn('claimed_at', 'text', (column) => column.notNull())
    .addColumn('claim_token', 'text', (column) => column.notNull())
    .addColumn('settled_at', 'text')
    .addColumn('settled_by', 'text')
    .addColumn('outcome', 'text')
    .addColumn('receipt', 'text')
    .addColumn('error', 'text')
    .addColumn('settle_token', 'text')
    .execute();
  await db.schema.createIndex('effect_claims_by_run').on('effect_claims').column('run').execute();
  await db.schema
    .createIndex('effect_claims_unsettled')
    .on('effect_claims')
    .column('claimed_at')
    .where(sql.ref('settled_at'), 'is', null)
    .execute();

  await db.schema
    .createTable('outputs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('stage', 'text', (column) => column.notNull())
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('phase', 'text', (column) => column.notNull())
    .addColumn('class', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('checksum', 'text', (column) => column.notNull())
    .addColumn('artifact_digest', 'text')
    .addColumn('time', 'text', (column) => column.notNull())
    .addColumn('validated_at', 'text')
    .addColumn('validated_by', 'text')
    .execute();
  await db.schema.createIndex('outputs_by_run').on('outputs').columns(['run', 'sequence']).execute();

  await db.schema
    .createTable('tracked_items')
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('item', 'text', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('opened_at', 'text', (column) => column.notNull())
    .addColumn('closed_at', 'text')
    .addColumn('closed_by', 'text')
    .addColumn('note', 'text')
    .addPrimaryKeyConstraint('tracked_items_key', ['run', 'item'])
    .execute();
}

async function addDispatchTables(db: Kysely<unknown>): Promise<void> {
  // With these a claim can be looked into when its workflow is gone.
  for (const column of ['draft', 'signature', 'due_at', 'begun_at']) {
    await db.schema.alterTable('effect_claims').addColumn(column, 'text').execute();
  }

  await db.schema
    .createTable('limiters')
    .addColumn('scope', 'text', (column) => column.primaryKey())
    .addColumn('state', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('limiter_leases')
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('lease', 'text', (column) => column.notNull())
    .addColumn('tool', 'text', (column) => column.notNull())
    .addColumn('epoch', 'bigint', (column) => column.notNull())
    .addColumn('granted_at', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('limiter_leases_key', ['lease', 'scope'])
    .execute();
  await db.schema
    .createTable('limiter_holds')
    .addColumn('tool', 'text', (column) => column.primaryKey())
    .addColumn('until', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('attestations')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('founder', 'text', (column) => column.notNull())
    .addColumn('statement', 'text', (column) => column.notNull())
    .addColumn('signature', 'text', (column) => column.notNull())
    .addColumn('time', 'text', (column) => column.notNull())
    .addColumn('used_by', 'text')
    .addColumn('used_at', 'text')
    .execute();
  await db.schema.createIndex('attestations_by_digest').on('attestations').columns(['digest', 'scope']).execute();

  await db.schema
    .createTable('notification_routes')
    .addColumn('route', 'text', (column) => column.notNull())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .addColumn('channels', 'text', (column) => column.notNull())
    .addColumn('changed_at', 'text', (column) => column.notNull())
    .addColumn('changed_by', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('notification_routes_key', ['route', 'version'])
    .execute();

  await db.schema
    .createTable('executors')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('pid', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'text', (column) => column.notNull())
    .addColumn('seen_at', 'text', (column) => column.notNull())
    .addColumn('stopped_at', 'text')
    .addColumn('why', 'text')
    .execute();
  await db.schema
    .createTable('executor_counters')
    .addColumn('executor', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('count', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('executor_counters_key', ['executor', 'name'])
    .execute();
  await db.schema
    .createTable('pauses')
    .addColumn('what', 'text', (column) => column.primaryKey())
    .addColumn('by', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('since', 'text', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('calls')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('number', 'bigint', (column) => column.notNull())
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('error', 'text')
    .addColumn('elapsed_ms', 'bigint', (column) => column.notNull())
    .addColumn('time', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('calls_by_subject').on('calls').columns(['subject', 'time']).execute();
  await db.schema.createIndex('calls_by_time').on('calls').column('time').execute();
}

async function addApprovalTables(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('effect_claims').addColumn('proposed_digest', 'text').execute();

  await db.schema
    .createTable('principals')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('email', 'text')
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('disabled_at', 'text')
    .execute();
  await db.schema
    .createTable('principal_groups')
    .addColumn('principal', 'text', (column) => column.notNull())
    .addColumn('group_name', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('principal_groups_key', ['principal', 'group_name'])
    .execute();
  await db.schema.createIndex('principal_groups_by_group').on('principal_groups').columns(['group_name']).execute();
  await db.schema
    .createTable('tokens')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('principal', 'text', (column) => column.notNull())
    .addColumn('label', 'text', (column) => column.notNull())
    .addColumn('public_key', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'text', (column) => column.notNull())
    .addColumn('revoked_at', 'text')
    .execute();
  await db.schema.createIndex('tokens_by_principal').on('tokens').columns(['principal']).execute();

  await db.schema
    .createTable('mandates')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('max_uses', 'bigint', (column) => column.notNull())
    .addColumn('uses', 'bigint', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('request_id', 'text', (column) => column.notNull())
    .addColumn('granted_by', 'text', (column) => column.notNull())
    .addColumn('granted_at', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'text', (column) => column.notNull())
    .addColumn('withdrawn_at', 'text')
    .addColumn('withdrawn_by', 'text')
    .addColumn('withdrawn_because', 'text')
    .execute();
  await db.schema
    .createTable('mandate_uses')
    .addColumn('draft_id', 'text', (column) => column.primaryKey())
    .addColumn('mandate', 'text', (column) => column.notNull())
    .addColumn('used_at', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('mandate_uses_by_mandate').on('mandate_uses').columns(['mandate']).execute();

  await db.schema
    .createTable('mails')
    .addColumn('message_id', 'text', (column) => column.primaryKey())
    .addColumn('notification_id', 'text', (column) => column.notNull())
    .addColumn('request_id', 'text', (column) => column.notNull())
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('principal', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('token_hash', 'text', (column) => column.notNull())
    .addColumn('sent_at', 'text', (column) => column.notNull())
    .addColumn('used_at', 'text')
    .addColumn('used_by', 'text')
    .execute();
  await db.schema.createIndex('mails_by_request').on('mails').columns(['request_id']).execute();
  await db.schema
    .createTable('mail_decisions')
    .addColumn('decision_id', 'text', (column) => column.primaryKey())
    .addColumn('message_id', 'text', (column) => column.notNull())
    .addColumn('request_id', 'text', (column) => column.notNull())
    .addColumn('principal', 'text', (column) => column.notNull())
    .addColumn('verdict', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('received_at', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('mail_answers')
    .addColumn('message_id', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('answered_to', 'text', (column) => column.notNull())
    .addColumn('answered_at', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('mail_answers_key', ['message_id', 'address'])
    .execute();
  await db.schema
    .createTable('used_proofs')
    .addColumn('proof', 'text', (column) => column.primaryKey())
    .addColumn('execution', 'text', (column) => column.notNull())
    .addColumn('used_at', 'text', (column) => column.notNull())
    .execute();
}
