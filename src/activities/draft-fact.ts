import type { DraftName } from '../contract/draft.ts';
import type { JsonObject } from '../contract/json.ts';
import type { LedgerEntryType, LedgerFact } from '../contract/ledger.ts';

/** A fact about a draft, as the executor records it: once for each draft, type and `part`, however often it is written. */
export function draftFact(draft: DraftName, type: LedgerEntryType, part: string, body: JsonObject): LedgerFact {
  return {
    entryId: `${draft.id}/${type}${part === '' ? '' : `/${part}`}`,
    run: draft.run,
    agent: draft.agent,
    type,
    time: new Date().toISOString(),
    body: { draftId: draft.id, kind: draft.kind, ...body },
  };
}
