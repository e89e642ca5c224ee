import { describe, expect, it } from 'vitest';
import { checkBooks } from '../../soak/books.ts';
import type { DraftFacts, End } from '../../soak/facts.ts';

type Settlement = NonNullable<NonNullable<DraftFacts['claim']>['settlement']>;

const NOTHING = { arrived: 0, taken: 0, forged: 0 };
const ONCE = { arrived: 1, taken: 1, forged: 0 };

function ended(status: Extract<End, { kind: 'ended' }>['outcome']['status']): End {
  return { kind: 'ended', outcome: { status } };
}

function settled(outcome: Settlement['outcome']): DraftFacts['claim'] {
  return { settlement: { outcome, by: 'attempt', time: '2026-03-01T09:00:00.000Z' } };
}

function aDraft(overrides: Partial<DraftFacts> = {}): DraftFacts {
  return { draftId: 'd1', end: ended('completed'), claim: settled('completed'), received: ONCE, ...overrides };
}

const FAILED = { end: ended('completed_with_error'), claim: settled('completed_with_error') };

describe('the books', () => {
  it.each([
    ['completed and delivered once', {}],
    ['failed, and refused by the receiver', { ...FAILED, received: { ...NOTHING, arrived: 1 } }],
    ['failed, and never arrived', { ...FAILED, received: NOTHING }],
    ['expired without a claim', { end: ended('expired'), claim: undefined, received: NOTHING }],
    ['expired, with a claim that began nothing', { ...FAILED, end: ended('expired'), received: NOTHING }],
    ['cancelled, and withdrawn', { end: ended('cancelled'), claim: settled('withdrawn'), received: NOTHING }],
    ['terminated before it began', { end: { kind: 'terminated' }, claim: undefined, received: NOTHING }],
    ['terminated while its attempt went on', { end: { kind: 'terminated' } }],
  ] satisfies [string, Partial<DraftFacts>][])('balance for a draft that was %s', (_what, facts) => {
    expect(checkBooks([aDraft(facts)], new Map())).toEqual([]);
  });

  it.each([
    ['double', 'was taken twice', { received: { ...ONCE, arrived: 2, taken: 2 } }],
    ['double', 'arrived twice, though it was refused', { ...FAILED, received: { ...NOTHING, arrived: 2 } }],
    ['lost', 'never ended', { end: { kind: 'stuck', why: 'dispatch is RUNNING' } }],
    ['unsettled', 'has an open claim', { end: { kind: 'terminated' }, claim: { settlement: null } }],
    ['disagrees', 'is completed and was never taken', { received: { ...NOTHING, arrived: 1 } }],
    ['disagrees', 'failed and was taken', { ...FAILED }],
    ['disagrees', 'was withdrawn and was taken', { end: ended('cancelled'), claim: settled('withdrawn') }],
    ['disagrees', 'expired and was taken', { end: ended('expired') }],
    ['disagrees', 'was rejected and arrived', { end: ended('rejected'), claim: undefined }],
    ['disagrees', 'was terminated without a claim and arrived', { end: { kind: 'terminated' }, claim: undefined }],
    ['disagrees', 'is completed without a claim', { claim: undefined, received: NOTHING }],
    ['forged', 'arrived with a bad signature', { received: { ...ONCE, forged: 1 } }],
  ] satisfies [string, string, Partial<DraftFacts>][])('find as %s a draft that %s', (book, _what, facts) => {
    expect(checkBooks([aDraft(facts)], new Map())).toContainEqual(
      expect.objectContaining({ book, draftId: 'd1', why: expect.any(String) as string }),
    );
  });

  it('find what arrived and nobody has drafted', () => {
    const received = new Map([
      ['d1', ONCE],
      ['d2', ONCE],
    ]);

    expect(checkBooks([aDraft()], received)).toMatchObject([{ book: 'stranger', draftId: 'd2' }]);
  });
});
