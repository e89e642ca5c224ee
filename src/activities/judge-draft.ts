import type { Action } from '../contract/action.ts';
import type { AttestationStatement } from '../contract/attestation.ts';
import type { Deferral } from '../contract/dispatch.ts';
import type { Draft, SignedDraft } from '../contract/draft.ts';
import type { CarryOutResult, RefusedDraft } from '../contract/effect.ts';
import type { NonDelegable } from '../contract/non-delegable.ts';
import { checkDraft } from '../policy/draft.ts';
import { checkAttestations } from './attestation-check.ts';
import type { ExecutorDeps } from './executor-deps.ts';
import { readAction } from './kinds/table.ts';
import { judgeMandate } from './mandate-check.ts';
import type { ReadyAction } from './kinds/table.ts';
import { refuseNonDelegable } from './non-delegable.ts';

export interface Judged extends SignedDraft {
  readonly declared: readonly NonDelegable[];
  /** The standing approval that lets it through, where people were not asked. */
  readonly mandate?: string | undefined;
}

/** A draft that may begin now. */
export interface Ready {
  readonly ok: true;
  readonly action: ReadyAction;
  /** What lifts its refusals; it is to be used in the claim. */
  readonly attestations: readonly AttestationStatement[];
}

type NotCovered = Extract<CarryOutResult, { result: 'not_covered' }>;

type Refused = {
  readonly ok: false;
  readonly refusal: RefusedDraft | NotCovered | Extract<Deferral, { result: 'frozen' }>;
};

/**
 * The first three of the refusals, in their order: it does not verify, its effect is non-delegable, its agent or the
 * executor has been stopped or its scope is another; and where a mandate lets it through, whether that covers it. Fails
 * closed, and consumes nothing.
 */
export async function judgeDraft(input: Judged, deps: ExecutorDeps, signal: AbortSignal): Promise<Ready | Refused> {
  const { draft } = input;
  const unverified = await verify(input, deps);
  if (unverified !== undefined) return unverified;
  const action = readAction(actionOf(draft));
  if (!action.ok) return refused('verify_failed', action.reason);

  const lifted = await liftRefusals(action, input, deps);
  if (!lifted.ok) return lifted;

  const stopped = await findStop(draft, deps);
  // People are asked about a draft that has to wait, and not about one that never begins.
  const uncovered = stopped?.refusal.result === 'revoked' ? undefined : await findUncovered(action, input, deps);
  if (uncovered !== undefined) return uncovered;
  if (stopped !== undefined) return stopped;
  const obstacle = await action.obstacle({ ...deps, draft, signal });
  if (obstacle !== undefined) return refused('verify_failed', obstacle);
  return { ok: true, action, attestations: lifted.attestations };
}

/** Once more, in a moment, what may have changed while others were asked: its time, its signature, and who stopped it. */
export async function stillStands({ draft, signature }: SignedDraft, deps: ExecutorDeps): Promise<Refused | undefined> {
  return (await verify({ draft, signature }, deps)) ?? findStop(draft, deps);
}

export function actionOf({ kind, target, payload }: Draft): Action {
  return { kind, target, payload };
}

async function verify({ draft, signature }: SignedDraft, deps: ExecutorDeps): Promise<Refused | undefined> {
  const keys = await deps.keys();
  const check = checkDraft({ keys: keys.byId, draft, signature, now: Date.now() });
  if (check === 'ok') return undefined;
  if (check === 'expired') return refused('expired', `The draft expired at ${draft.expiresAt}.`);
  return refused('verify_failed', `The draft does not verify: ${check}.`);
}

async function liftRefusals(
  action: ReadyAction,
  { draft, declared }: Judged,
  { store, founderKeys }: ExecutorDeps,
): Promise<{ ok: true; attestations: readonly AttestationStatement[] } | Refused> {
  const classes = refuseNonDelegable(action.nonDelegable, declared);
  if (classes.length === 0) return { ok: true, attestations: [] };
  const { digest, id: draftId } = draft;
  const found = await checkAttestations({ store, founderKeys, digest, classes, draftId, nowMs: Date.now() });
  if (found.ok) return { ok: true, attestations: found.statements };
  return { ok: false, refusal: { result: 'refused_non_delegable', classes: found.missing, error: found.why } };
}

async function findUncovered(
  action: ReadyAction,
  { draft, declared, mandate }: Judged,
  { store }: ExecutorDeps,
): Promise<Refused | undefined> {
  if (mandate === undefined) return undefined;
  const { id: draftId, agent } = draft;
  const given = { draftId, agent, declared, action: actionOf(draft), ready: action };
  const covered = await judgeMandate(store, mandate, given);
  return covered.ok ? undefined : { ok: false, refusal: { result: 'not_covered', error: covered.reason } };
}

async function findStop({ run, agent }: Draft, { store }: ExecutorDeps): Promise<Refused | undefined> {
  const [revocation] = await store.ledger.entries({ run, agent, type: 'agent.revoked', limit: 1 });
  if (revocation !== undefined) {
    return refused('revoked', `Agent ${agent} was revoked in run ${run}; nothing of it begins any more.`);
  }
  const pause = await store.executors.pauseInForce();
  if (pause === undefined) return undefined;
  const error = `${pause.by} has paused the executor since ${pause.since}: ${pause.reason}. Go on with: mandate executor resume`;
  return { ok: false, refusal: { result: 'frozen', error } };
}

function refused(result: 'verify_failed' | 'expired' | 'revoked', error: string): Refused {
  return { ok: false, refusal: { result, error } };
}
