import type { Draft } from '../../src/contract/draft.ts';
import type { LedgerFact } from '../../src/contract/ledger.ts';
import type { ClaimRequest } from '../../src/store/claim.ts';
import type { ClaimTerms } from '../../src/store/claims.ts';
import type { LimitTerms } from '../../src/store/limits.ts';

export function aFact(overrides: Partial<LedgerFact> = {}): LedgerFact {
  return {
    entryId: 'entry-1',
    run: 'run-1',
    agent: 'agent-1',
    type: 'agent.event',
    time: '2026-01-31T12:00:00.000Z',
    body: { note: 'it went well' },
    ...overrides,
  };
}

/** Facts with the ids `<run>/1` to `<run>/<count>`. */
export function factsOf(run: string, count: number): LedgerFact[] {
  return Array.from({ length: count }, (_, at) =>
    aFact({ run, entryId: `${run}/${at + 1}`, body: { number: at + 1 } }),
  );
}

export function aClaim(overrides: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    draftId: 'draft-1',
    digest: `sha256:${'a'.repeat(64)}`,
    kind: 'webhook',
    owner: 'dispatch/draft-1',
    run: 'run-1',
    agent: 'agent-1',
    worker: 'worker-1',
    time: '2026-01-31T12:00:00.000Z',
    dueAt: '2026-01-31T12:01:00.000Z',
    signed: { draft: aDraft(), signature: 'ab'.repeat(32) },
    ...overrides,
  };
}

function aDraft(): Draft {
  return {
    id: 'draft-1',
    kind: 'webhook',
    target: { url: 'https://example.com' },
    payload: { body: {} },
    agent: 'agent-1',
    run: 'run-1',
    createdAt: '2026-01-31T11:00:00.000Z',
    expiresAt: '2026-01-31T13:00:00.000Z',
    digest: `sha256:${'a'.repeat(64)}`,
    keyId: 'k1',
  };
}

export const NO_LIMITS: LimitTerms = { limits: undefined, perAgent: undefined };
export const NO_TERMS: ClaimTerms = { ...NO_LIMITS, attestations: [] };

/** A claim that spends a use of a mandate. */
export function underMandate(id: string, draftId: string): ClaimTerms {
  return {
    ...NO_TERMS,
    mandate: {
      id,
      used: (use) =>
        aFact({ entryId: `${draftId}/used`, type: 'mandate.used', body: { mandate: id, draftId, ...use } }),
    },
  };
}
