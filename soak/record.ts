import type { Store } from '../src/store/open.ts';
import { verifyLedger } from '../src/store/verify-ledger.ts';
import type { Verification } from '../src/store/verify-ledger.ts';

/** What the ledger tells of a soak. */
export interface Record {
  readonly verification: Verification;
  /** How many entries there are of each type. */
  readonly types: ReadonlyMap<string, number>;
  /** The drafts whose outcome was unknown at some time. */
  readonly unknown: ReadonlySet<string>;
}

export async function readRecord({ ledger }: Store): Promise<Record> {
  const types = new Map<string, number>();
  const unknown = new Set<string>();
  async function* counted(): AsyncIterable<unknown> {
    for await (const entry of ledger.export()) {
      types.set(entry.type, (types.get(entry.type) ?? 0) + 1);
      const { draftId } = entry.body;
      if (entry.type === 'effect.unknown' && typeof draftId === 'string') unknown.add(draftId);
      yield entry;
    }
  }
  const verification = await verifyLedger(counted());
  return { verification, types, unknown };
}
