import { expect, it } from 'vitest';
import { Limits } from '../../src/contract/limits.ts';
import type { ClaimTerms } from '../../src/store/claims.ts';
import type { LimiterChoice } from '../../src/store/limiters.ts';
import type { Store } from '../../src/store/open.ts';
import { describeOnEachDatabase } from '../support/databases.ts';
import { aClaim, NO_TERMS } from './facts.ts';

const WHY = { by: 'ada', reason: 'wrong campaign', now: '2026-01-31T12:00:00.000Z' };
const LIMITS = Limits.parse({ cooldown: null, hourlyCap: 10_000, thermal: null });
const ROUNDS = 6;

describeOnEachDatabase('the pause of an operator', (fresh) => {
  it.each<[string, LimiterChoice, ClaimTerms]>([
    ['of everything, where nothing is limited', {}, NO_TERMS],
    ['of a tool, where nothing is limited', { tool: 'webhook' }, NO_TERMS],
    ['of everything, where calls are limited', {}, { ...NO_TERMS, limits: LIMITS }],
    ['of everything, where only agents are limited', {}, { ...NO_TERMS, perAgent: LIMITS }],
    ['of an agent, where only all calls are limited', { agent: 'agent-1' }, { ...NO_TERMS, limits: LIMITS }],
  ])('%s, is not lost to the claims and resets that flow meanwhile', async (_what, choice, terms) => {
    const database = await fresh();
    const [store, operator] = [await database.open(), await database.open()];
    await store.migrate();

    const kept: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const claims = Array.from({ length: 6 }, (_, at) => claimAndSettle(store, terms, `${round}/${at}`));
      await Promise.race(claims);
      await Promise.all([operator.limits.pause({ ...choice, ...WHY }, []), store.limits.reset({}, []), ...claims]);
      const after = await store.claims.claim(aClaim({ draftId: `${round}/after` }), terms, []);
      kept.push(!after.claimed && after.why === 'limited' ? after.answer.kind : 'lost');
      await operator.limits.resume(choice, []);
    }

    expect(kept).toEqual(Array.from({ length: ROUNDS }, () => 'frozen'));
  });
});

/** Some claims, one after the other. */
async function claimAndSettle({ claims }: Store, terms: ClaimTerms, name: string): Promise<void> {
  for (let at = 0; at < 4; at += 1) {
    const draftId = `${name}/${at}`;
    const answer = await claims.claim(aClaim({ draftId }), terms, []);
    if (!answer.claimed) return;
    await claims.settle({ draftId, outcome: 'completed', receipt: {}, by: 'attempt', time: WHY.now }, terms, []);
  }
}
