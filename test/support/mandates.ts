import type { Mandate, MandateScope } from '../../src/contract/mandate.ts';
import type { LedgerFact } from '../../src/contract/ledger.ts';
import type { GrantedMandate } from '../../src/store/mandates.ts';
import type { Store } from '../../src/store/open.ts';
import { newId } from '../../src/new-id.ts';

/** Lets agent-1 post to the hooks of example.com, ten times within an hour. */
export function aMandate(overrides: Partial<Mandate> = {}, scope: Partial<MandateScope> = {}): Mandate {
  return {
    id: newId(),
    scope: {
      kinds: ['webhook'],
      targets: [{ url: 'https://example.com/hooks/*' }],
      agents: ['agent-1'],
      maxAmounts: {},
      ...scope,
    },
    maxUses: 10,
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    reason: 'the same note every Monday',
    ...overrides,
  };
}

/** The same, granted: as the workflow writes it down. */
export function granted(mandate: Mandate): GrantedMandate {
  return { ...mandate, requestId: mandate.id, grantedBy: ['ana'], grantedAt: '2026-01-31T12:00:00.000Z' };
}

export async function grantIn(store: Pick<Store, 'mandates'>, mandate: Mandate): Promise<Mandate> {
  await store.mandates.grant(granted(mandate), []);
  return mandate;
}

export function withdrawnFact(id: string): LedgerFact {
  const time = new Date().toISOString();
  const body = { mandate: id, by: 'olga', reason: 'enough' };
  return {
    entryId: `mandate/${id}/withdrawn`,
    run: `mandate/${id}`,
    agent: null,
    type: 'mandate.withdrawn',
    time,
    body,
  };
}

/** As `mandate withdraw` does it: once this has returned, nothing begins under it any more. */
export async function withdraw({ mandates }: Pick<Store, 'mandates'>, id: string): Promise<void> {
  const time = new Date().toISOString();
  await mandates.withdraw({ id, by: 'olga', reason: 'enough', time }, [withdrawnFact(id)]);
}
