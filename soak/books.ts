import type { DraftFacts, End } from './facts.ts';
import type { Received } from './receiver.ts';

/** What does not balance. */
export interface Fault {
  readonly book: 'double' | 'lost' | 'unsettled' | 'disagrees' | 'forged' | 'stranger';
  readonly draftId: string;
  readonly why: string;
}

/**
 * Compares what each draft's workflow and claim say with what its receiver has. Every draft has an end, no claim is open,
 * nothing arrived twice, and who says that it happened, or that it did not, is right.
 */
export function checkBooks(drafts: readonly DraftFacts[], received: ReadonlyMap<string, Received>): Fault[] {
  const known = new Set(drafts.map(({ draftId }) => draftId));
  const strangers = [...received.keys()].filter((id) => !known.has(id));
  return [
    ...drafts.flatMap((draft) => faultsOf(draft).map((fault) => ({ ...fault, draftId: draft.draftId }))),
    ...strangers.map((draftId) => ({ book: 'stranger' as const, draftId, why: 'arrived, and nobody has drafted it' })),
  ];
}

type Found = Omit<Fault, 'draftId'>;

function faultsOf({ end, claim, received }: DraftFacts): Found[] {
  const faults: Found[] = [];
  if (received.arrived > 1 || received.taken > 1) {
    faults.push({ book: 'double', why: `arrived ${received.arrived} times, taken ${received.taken} times` });
  }
  if (received.forged > 0) faults.push({ book: 'forged', why: 'arrived with a signature that is not good' });
  if (end.kind === 'stuck') faults.push({ book: 'lost', why: end.why });
  if (claim === undefined) {
    if (received.arrived > 0) faults.push({ book: 'disagrees', why: 'arrived without a claim' });
  } else if (claim.settlement === null) {
    faults.push({ book: 'unsettled', why: 'its claim has no settlement' });
  } else {
    const { outcome, by } = claim.settlement;
    const taken = outcome === 'completed' ? 1 : 0;
    if (received.taken !== taken) {
      faults.push({ book: 'disagrees', why: `its claim says ${outcome} (by ${by}), taken ${received.taken} times` });
    }
  }
  const said = saidBy(end);
  const outcome = claim?.settlement?.outcome ?? 'withdrawn';
  const settled = outcome === 'withdrawn' ? 'nothing' : outcome;
  // A draft that ended without an effect may have a claim whose attempt began nothing: both say so.
  if (said !== undefined && said !== settled && (said !== 'nothing' || settled === 'completed')) {
    faults.push({ book: 'disagrees', why: `its workflow says ${statusOf(end)}, its claim ${settled}` });
  }
  return faults;
}

/** What the claim of a draft must say when its workflow ended so; undefined when its workflow says nothing. */
function saidBy(end: End): 'completed' | 'completed_with_error' | 'nothing' | undefined {
  if (end.kind !== 'ended') return undefined;
  const { status } = end.outcome;
  return status === 'completed' || status === 'completed_with_error' ? status : 'nothing';
}

/** How a draft ended, in a word. */
export function statusOf(end: End): string {
  return end.kind === 'ended' ? end.outcome.status : end.kind;
}
