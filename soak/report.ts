import { checkBooks, statusOf } from './books.ts';
import type { Fault } from './books.ts';
import type { DraftFacts } from './facts.ts';
import type { Received } from './receiver.ts';
import type { Record } from './record.ts';

type Counts = Readonly<{ [what: string]: number }>;

/** What a soak found. */
export interface Report {
  readonly seed: string;
  readonly store: string;
  readonly ok: boolean;
  readonly seconds: { readonly disturbed: number; readonly rest: number };
  readonly dispatches: number;
  readonly delivered: number;
  readonly ends: Counts;
  /** What was done to them. */
  readonly disturbances: Counts;
  readonly orphansTakenUp: number;
  readonly lateTruths: number;
  readonly deferred: number;
  /** Who said how the effects of all claims went. */
  readonly claimsSettledBy: Counts;
  readonly unknown: { readonly drafts: number; readonly settledBy: Counts };
  readonly doubleEffects: number;
  readonly lost: number;
  readonly ledger: Record['verification'];
  readonly faults: readonly Fault[];
  /** Calls of the soak itself that failed, since the server was away or what they were about had ended. */
  readonly failedCalls: Counts;
}

export interface Findings extends Pick<Report, 'seed' | 'store' | 'seconds'> {
  readonly drafts: readonly DraftFacts[];
  readonly received: ReadonlyMap<string, Received>;
  readonly record: Record;
  readonly disturbances: ReadonlyMap<string, number>;
  readonly failedCalls: ReadonlyMap<string, number>;
}

export function reportOf(findings: Findings): Report {
  const { seed, store, seconds, drafts, received, record } = findings;
  const faults = checkBooks(drafts, received);
  const ofType = (type: string): number => record.types.get(type) ?? 0;
  const inBook = (book: Fault['book']): number => faults.filter((fault) => fault.book === book).length;
  const unknown = drafts.filter(({ draftId }) => record.unknown.has(draftId));
  return {
    seed,
    store,
    ok: faults.length === 0 && record.verification.ok,
    seconds,
    dispatches: drafts.length,
    delivered: drafts.filter((draft) => draft.received.taken > 0).length,
    ends: countBy(drafts.map(({ end }) => statusOf(end))),
    disturbances: Object.fromEntries(findings.disturbances),
    orphansTakenUp: ofType('effect.orphaned'),
    lateTruths: ofType('effect.late_truth'),
    deferred: ofType('draft.deferred'),
    claimsSettledBy: countBy(
      drafts.flatMap(({ claim }) => (claim === undefined ? [] : [settlerOf(claim.settlement?.by)])),
    ),
    unknown: {
      drafts: unknown.length,
      settledBy: countBy(unknown.map(({ claim }) => settlerOf(claim?.settlement?.by))),
    },
    doubleEffects: inBook('double'),
    lost: inBook('lost'),
    ledger: record.verification,
    faults,
    failedCalls: Object.fromEntries(findings.failedCalls),
  };
}

function settlerOf(by: string | undefined): string {
  if (by === undefined) return 'nobody';
  return by === 'attempt' || by === 'witness' || by === 'withdrawn' ? by : 'a person';
}

function countBy(words: readonly string[]): Counts {
  const counts: { [what: string]: number } = {};
  for (const word of words.toSorted()) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
