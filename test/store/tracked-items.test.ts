import { expect, it } from 'vitest';
import { describeOnEachDatabase, openFresh } from '../support/databases.ts';

const OPENED = '2026-01-31T12:00:00.000Z';
const CLOSED = '2026-01-31T12:05:00.000Z';

describeOnEachDatabase('tracked items', (fresh) => {
  it('closes an item once, and says so again to the draft that closed it', async () => {
    const { items } = await openFresh(fresh);
    const key = { run: 'run-1', item: 'item-1' };
    await items.open({ ...key, title: 'Write the notes', time: OPENED });

    const first = await items.close({ ...key, draftId: 'draft-1', note: 'written', time: CLOSED });
    const again = await items.close({ ...key, draftId: 'draft-1', time: '2026-02-01T00:00:00.000Z' });
    const other = await items.close({ ...key, draftId: 'draft-2', time: CLOSED });

    expect([first, again, other]).toEqual(['closed', 'closed', 'already_closed']);
    expect(await items.get(key)).toEqual({
      ...key,
      title: 'Write the notes',
      openedAt: OPENED,
      closed: { at: CLOSED, draftId: 'draft-1', note: 'written' },
    });
  });

  it('leaves an item as it is when it is opened again', async () => {
    const { items } = await openFresh(fresh);
    const key = { run: 'run-1', item: 'item-1' };
    await items.open({ ...key, title: 'Write the notes', time: OPENED });

    await items.open({ ...key, title: 'Something else', time: CLOSED });

    expect(await items.get(key)).toEqual({ ...key, title: 'Write the notes', openedAt: OPENED });
  });

  it('knows an item only in its own run', async () => {
    const { items } = await openFresh(fresh);
    await items.open({ run: 'run-1', item: 'item-1', title: 'Write the notes', time: OPENED });

    const closed = await items.close({ run: 'run-2', item: 'item-1', draftId: 'draft-1', time: CLOSED });

    expect(closed).toBe('unknown_item');
    expect(await items.get({ run: 'run-2', item: 'item-1' })).toBeUndefined();
  });
});
