import { Context } from '@temporalio/activity';
import { digestOf } from '../contract/canonical.ts';
import type { Attempt, CarryOutInput, LookUpInput, LookUpResult, SignInput, SignResult } from '../contract/effect.ts';
import { checkDraft, signDraft } from '../policy/draft.ts';
import { carryOutDraft } from './carry-out-draft.ts';
import { draftFact } from './draft-fact.ts';
import type { ExecutorDeps } from './executor-deps.ts';
import { actionOf } from './judge-draft.ts';
import { readAction } from './kinds/table.ts';
import { lookUpDraft } from './look-up-draft.ts';

/** What the role `executor` does. */
export interface ExecutorActivities {
  sign(input: SignInput): Promise<SignResult>;
  carryOut(input: CarryOutInput): Promise<Attempt>;
  lookUp(input: LookUpInput): Promise<LookUpResult>;
}

// Well under the heartbeat timeout: the heartbeats tell that somebody is still at it.
const HEARTBEAT_MS = 5_000;

export function createExecutorActivities(deps: ExecutorDeps): ExecutorActivities {
  const { store } = deps;
  return {
    /** Signs an approved draft, once everything that would keep it from being carried out has been asked. */
    async sign({ draft: unsigned, approvedBy }) {
      const keys = await deps.keys();
      const draft = { ...unsigned, keyId: keys.current };
      const ready = readAction(actionOf(draft));
      const signal = Context.current().cancellationSignal;
      const obstacle = ready.ok ? await ready.obstacle({ ...deps, draft, signal }) : ready.reason;
      if (obstacle !== undefined) {
        deps.presence.count('verify_failed');
        return { ok: false, status: 'verify_failed', reason: obstacle };
      }
      const signature = signDraft(draft, Buffer.from(keys.byId[keys.current] ?? '', 'hex'));
      const check = checkDraft({ keys: keys.byId, draft, signature, now: Date.now() });
      if (check === 'expired')
        return { ok: false, status: 'expired', reason: `The draft expired at ${draft.expiresAt}.` };
      if (check !== 'ok')
        return { ok: false, status: 'verify_failed', reason: `The draft cannot be signed: ${check}.` };
      await store.ledger.append([
        // The same draft gets the same signature, whoever approved it.
        draftFact(draft, 'draft.signed', `${signature.slice(0, 16)}/${digestOf(approvedBy).slice(-8)}`, {
          digest: draft.digest,
          keyId: draft.keyId,
          approvedBy,
        }),
      ]);
      return { ok: true, draft, signature };
    },

    async carryOut(input) {
      const context = Context.current();
      const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
      try {
        return await carryOutDraft(input, deps, context.info.attempt);
      } finally {
        clearInterval(timer);
      }
    },

    lookUp: (input) => lookUpDraft(input, deps, Context.current().cancellationSignal),
  };
}
