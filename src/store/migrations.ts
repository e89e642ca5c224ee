import { type Kysely, type Migration, sql } from 'kysely';

/** Every change to the schema, by name, in the order of the names. One that was released is never edited. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001_ledger_claims_outputs_items': { up: createFirstTables },
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
