import type { Database } from './database.ts';

interface TrackedItem {
  readonly run: string;
  readonly item: string;
  readonly title: string;
  readonly openedAt: string;
  /** Undefined while the item is open. */
  readonly closed?: { readonly at: string; readonly draftId: string; readonly note?: string };
}

export interface TrackedItems {
  /** Opens an item; one that is there already, open or closed, stays as it is. */
  open(item: {
    readonly run: string;
    readonly item: string;
    readonly title: string;
    readonly time: string;
  }): Promise<void>;
  /** Closes an item for a draft; again for the same draft, it is closed all the same and nothing changes. */
  close(closing: {
    readonly run: string;
    readonly item: string;
    readonly draftId: string;
    readonly note?: string | undefined;
    readonly time: string;
  }): Promise<'closed' | 'already_closed' | 'unknown_item'>;
  get(key: { readonly run: string; readonly item: string }): Promise<TrackedItem | undefined>;
}

export function createTrackedItems(database: Database): TrackedItems {
  const get: TrackedItems['get'] = async ({ run, item }) => {
    const row = await database.read((db) =>
      db.selectFrom('tracked_items').selectAll().where('run', '=', run).where('item', '=', item).executeTakeFirst(),
    );
    if (row === undefined) return undefined;
    const { title, opened_at: openedAt, closed_at: at, closed_by: draftId, note } = row;
    const open = { run, item, title, openedAt };
    if (at === null || draftId === null) return open;
    return { ...open, closed: { at, draftId, ...(note === null ? {} : { note }) } };
  };

  return {
    async open({ run, item, title, time }) {
      await database.write((tx) =>
        tx
          .insertInto('tracked_items')
          .values({ run, item, title, status: 'open', opened_at: time, closed_at: null, closed_by: null, note: null })
          .onConflict((conflict) => conflict.columns(['run', 'item']).doNothing())
          .execute(),
      );
    },

    async close({ run, item, draftId, note, time }) {
      const closed = await database.write((tx) =>
        tx
          .updateTable('tracked_items')
          .set({ status: 'closed', closed_at: time, closed_by: draftId, note: note ?? null })
          .where('run', '=', run)
          .where('item', '=', item)
          .where('status', '=', 'open')
          .returning('item')
          .execute(),
      );
      if (closed.length > 0) return 'closed';
      const existing = await get({ run, item });
      if (existing === undefined) return 'unknown_item';
      return existing.closed?.draftId === draftId ? 'closed' : 'already_closed';
    },

    get,
  };
}
