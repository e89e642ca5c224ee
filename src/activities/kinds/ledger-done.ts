import { z } from 'zod';
import type { Draft } from '../../contract/draft.ts';
import type { JsonObject } from '../../contract/json.ts';
import { Name } from '../../contract/names.ts';
import type { Store } from '../../store/open.ts';
import type { KindDefinition } from './kind.ts';

const Target = z.strictObject({ item: Name });
const Payload = z.strictObject({ note: z.string().max(10_000).optional() });

/** Closes a tracked item of the run. */
export const ledgerDone: KindDefinition<z.infer<typeof Target>, z.infer<typeof Payload>> = {
  target: Target,
  payload: Payload,
  reversible: true,
  summarize: ({ item }) => `Close the tracked item ${item}`,
  nonDelegable: () => [],
  async obstacle({ draft, target, store }) {
    const item = await store.items.get({ run: draft.run, item: target.item });
    if (item === undefined) return unknownItem(draft, target.item);
    if (item.closed === undefined || item.closed.draftId === draft.id) return undefined;
    return closedBefore(draft, target.item);
  },
  async act({ draft, target, payload, store }) {
    const closed = await store.items.close({
      run: draft.run,
      item: target.item,
      draftId: draft.id,
      time: new Date().toISOString(),
      ...(payload.note === undefined ? {} : { note: payload.note }),
    });
    switch (closed) {
      case 'closed':
        return { happened: await recordClosed(draft, target.item, store) };
      case 'already_closed':
        return { failed: closedBefore(draft, target.item) };
      case 'unknown_item':
        return { failed: unknownItem(draft, target.item) };
    }
  },
  async witness({ draft, target, store }) {
    const item = await store.items.get({ run: draft.run, item: target.item });
    if (item?.closed?.draftId === draft.id) return { happened: await recordClosed(draft, target.item, store) };
    return { unknown: `The item "${target.item}" is not closed by this draft.` };
  },
};

function unknownItem({ run }: Draft, item: string): string {
  return `Run ${run} tracks no item "${item}"; name it in the pipeline's items.`;
}

function closedBefore({ run }: Draft, item: string): string {
  return `The item "${item}" of run ${run} was closed before, by another draft.`;
}

/** Idempotent, so that the witness completes what an attempt could not record any more. */
async function recordClosed(draft: Draft, item: string, store: Store): Promise<JsonObject> {
  await store.ledger.append([
    {
      entryId: `${draft.id}/item.closed`,
      run: draft.run,
      agent: draft.agent,
      type: 'item.closed',
      time: new Date().toISOString(),
      body: { draftId: draft.id, item },
    },
  ]);
  return { item };
}
