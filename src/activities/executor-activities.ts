import { Context } from '@temporalio/activity';
import type { Action } from '../contract/action.ts';
import type {
  CarryOutInput,
  CarryOutResult,
  LookUpInput,
  LookUpResult,
  SettleInput,
  SettleResult,
  SignedDraft,
  SignInput,
  SignResult,
} from '../contract/effect.ts';
import { failure } from '../failures.ts';
import { checkDraft, signDraft } from '../policy/draft.ts';
import type { Claim } from '../store/claims.ts';
import type { Store } from '../store/open.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { draftFact } from './draft-fact.ts';
import type { DraftKeys } from './draft-keys.ts';
import type { Acted, ExecutorSettings } from './kinds/kind.ts';
import { readAction } from './kinds/table.ts';
import type { ReadyAction } from './kinds/table.ts';
import { withoutSecrets } from './provider-text.ts';
import { readSettlement, settleOnce } from './settlement.ts';

/** What the role `executor` does: it alone holds the draft key and the providers' credentials. */
export interface ExecutorActivities {
  sign(input: SignInput): Promise<SignResult>;
  carryOut(input: CarryOutInput): Promise<CarryOutResult>;
  lookUp(input: LookUpInput): Promise<LookUpResult>;
  settle(input: SettleInput): Promise<SettleResult>;
}

export interface ExecutorDeps {
  readonly store: Store;
  readonly artifacts: ArtifactStore;
  /** Read at each use: a rotated key counts at once. */
  readonly keys: () => Promise<DraftKeys>;
  readonly settings: ExecutorSettings;
}

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
      if (obstacle !== undefined) return { ok: false, status: 'verify_failed', reason: obstacle };
      const signature = signDraft(draft, Buffer.from(keys.byId[keys.current] ?? '', 'hex'));
      const check = checkDraft({ keys: keys.byId, draft, signature, now: Date.now() });
      if (check === 'expired')
        return { ok: false, status: 'expired', reason: `The draft expired at ${draft.expiresAt}.` };
      if (check !== 'ok')
        return { ok: false, status: 'verify_failed', reason: `The draft cannot be signed: ${check}.` };
      await store.ledger.append([
        draftFact(draft, 'draft.signed', signature.slice(0, 16), {
          digest: draft.digest,
          keyId: draft.keyId,
          approvedBy,
        }),
      ]);
      return { ok: true, draft, signature };
    },

    /**
     * The effect. Checked, claimed, begun once, settled. Everything before the claim refuses and consumes nothing;
     * everything after it that is not certain is unknown.
     */
    async carryOut(input) {
      const ready = await verify(input, deps);
      if (!ready.ok) return ready.refusal;
      const { info } = Context.current();
      // The server was told to make no second attempt. If an operator made it do so, the first may have begun.
      if (info.attempt !== 1) return { result: 'unknown', error: 'A second attempt was started; it did nothing.' };

      const claimed = await claim(input, deps);
      if (claimed !== undefined) return claimed;
      const late = await verify(input, deps);
      const acted = late.ok ? await act(late, input, deps) : { failed: `Nothing was begun: ${late.refusal.error}` };
      return settleAttempt(input, acted, store);
    },

    async lookUp(input) {
      const claim = await store.claims.get(input.draft.id);
      if (claim === undefined) return { found: 'unclaimed' };
      if (!isOurs(claim, input)) return { found: 'lost_race' };
      const settled = readSettlement(claim);
      if (settled !== undefined) return settled;
      const ready = readAction(actionOf(input.draft));
      if (!ready.ok) return { found: 'unknown', why: ready.reason };
      const seen = await ready.witness({ ...deps, draft: input.draft, signal: Context.current().cancellationSignal });
      if ('unknown' in seen) return { found: 'unknown', why: withoutSecrets(seen.unknown) };
      const { found } = await settleOnce(input, { happened: seen.happened }, { kind: 'witness' }, store);
      return found;
    },

    async settle(input) {
      const { by, outcome, url, reason } = input;
      const acted: Acted =
        outcome === 'happened'
          ? {
              happened: {
                settledBy: by,
                ...(url === undefined ? {} : { url }),
                ...(reason === undefined ? {} : { reason }),
              },
            }
          : { failed: `${by} found that it did not happen${reason === undefined ? '' : `: ${reason}`}` };
      const { found, first } = await settleOnce(input, acted, { kind: 'person', id: by }, store);
      return { ...found, first };
    },
  };
}

interface Refusal {
  readonly ok: false;
  readonly refusal: { readonly result: 'verify_failed' | 'expired'; readonly error: string };
}

async function verify({ draft, signature }: SignedDraft, deps: ExecutorDeps): Promise<ReadyAction | Refusal> {
  const keys = await deps.keys();
  const check = checkDraft({ keys: keys.byId, draft, signature, now: Date.now() });
  if (check === 'expired') return refuse('expired', `The draft expired at ${draft.expiresAt}.`);
  if (check !== 'ok') return refuse('verify_failed', `The draft does not verify: ${check}.`);
  const ready = readAction(actionOf(draft));
  if (!ready.ok) return refuse('verify_failed', ready.reason);
  const obstacle = await ready.obstacle({ ...deps, draft, signal: Context.current().cancellationSignal });
  return obstacle === undefined ? ready : refuse('verify_failed', obstacle);
}

function refuse(result: 'verify_failed' | 'expired', error: string): Refusal {
  return { ok: false, refusal: { result, error } };
}

/** Undefined when the claim is ours; otherwise what the claim that is there means for us. */
async function claim(input: CarryOutInput, { store }: ExecutorDeps): Promise<CarryOutResult | undefined> {
  const { draft, owner } = input;
  const worker = Context.current().info.taskQueue;
  let taken: Awaited<ReturnType<Store['claims']['claim']>>;
  try {
    taken = await store.claims.claim(
      {
        draftId: draft.id,
        digest: draft.digest,
        kind: draft.kind,
        owner,
        run: draft.run,
        agent: draft.agent,
        worker,
        time: new Date().toISOString(),
      },
      [draftFact(draft, 'effect.claimed', '', { digest: draft.digest, owner })],
    );
  } catch (error) {
    throw failure('NothingStarted', `Draft ${draft.id} could not be claimed, so its effect was not begun.`, error);
  }
  if (taken.claimed) return undefined;
  if (!isOurs(taken.existing, input))
    return {
      result: 'lost_race',
      error: `${taken.existing.owner} had claimed the draft, for ${taken.existing.digest}.`,
    };
  const settled = readSettlement(taken.existing);
  if (settled === undefined)
    return {
      result: 'unknown',
      error: 'An earlier attempt of this dispatch had claimed the draft and not settled it.',
    };
  return settled.found === 'executed'
    ? { result: 'executed', receipt: settled.receipt }
    : { result: 'execute_failed', error: settled.error };
}

/** An id that comes back with another action is another draft, and finds its id taken. */
function isOurs(claim: Claim, { draft, owner }: LookUpInput): boolean {
  return claim.owner === owner && claim.digest === draft.digest;
}

async function act(ready: ReadyAction, input: CarryOutInput, deps: ExecutorDeps): Promise<Acted> {
  const signal = AbortSignal.timeout(input.timeoutSeconds * 1_000);
  try {
    return await ready.act({ ...deps, draft: input.draft, signal });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    // Without its cause, whose text may hold what is not to be recorded.
    throw failure('OutcomeUnknown', `Draft ${input.draft.id}: ${withoutSecrets(said)}`);
  }
}

async function settleAttempt(input: CarryOutInput, acted: Acted, store: Store): Promise<CarryOutResult> {
  try {
    const { found } = await settleOnce(input, acted, { kind: 'attempt' }, store);
    return found.found === 'executed'
      ? { result: 'executed', receipt: found.receipt }
      : { result: 'execute_failed', error: found.error };
  } catch (error) {
    throw failure('OutcomeUnknown', `Draft ${input.draft.id}: its outcome could not be recorded.`, error);
  }
}

function actionOf({ kind, target, payload }: SignedDraft['draft']): Action {
  return { kind, target, payload };
}
