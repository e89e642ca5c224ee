import type { SignedDraft } from '../contract/draft.ts';
import type { LookUpInput, LookUpResult } from '../contract/effect.ts';
import { checkDraft } from '../policy/draft.ts';
import type { ExecutorDeps } from './executor-deps.ts';
import { actionOf } from './judge-draft.ts';
import type { Witnessed } from './kinds/kind.ts';
import { readAction } from './kinds/table.ts';
import { withoutSecrets } from './provider-text.ts';
import { repeat } from './repeat.ts';
import { isOurs, readSettlement, settleOnce } from './settlement.ts';

/** Finds out how a draft stands: by its claim, and where that is open by the kind's witness. Begins nothing. */
export async function lookUpDraft(input: LookUpInput, deps: ExecutorDeps, signal: AbortSignal): Promise<LookUpResult> {
  const { draft } = input;
  const claim = await deps.store.claims.get(draft.id);
  if (claim === undefined) return { found: 'unclaimed' };
  const { owner, proposed } = input;
  if (!isOurs(claim, { digest: draft.digest, proposed, owner })) return { found: 'lost_race' };
  const settled = readSettlement(claim);
  if (settled !== undefined) return settled;

  // What was claimed is what may have happened, whatever people have made of the action since.
  const asked = claim.digest === draft.digest ? input : (claim.signed ?? input);
  const seen = await askWitness(asked, deps, signal);
  if ('happened' in seen) {
    const { found, alerts } = await settleOnce(input.draft, seen, { kind: 'witness' }, deps);
    return alerts.length === 0 ? found : { ...found, alerts };
  }
  // A breaker counts it as a failure; what is found out later changes nothing about that.
  const alerts = await deps.store.limits.settle({
    ...deps.limits,
    lease: draft.id,
    outcome: 'unknown',
    now: new Date().toISOString(),
  });
  return { found: 'unknown', why: seen.unknown, ...(alerts.length === 0 ? {} : { alerts }) };
}

async function askWitness(
  { draft, signature }: SignedDraft,
  deps: ExecutorDeps,
  signal: AbortSignal,
): Promise<Witnessed> {
  const check = checkDraft({ keys: (await deps.keys()).byId, draft, signature, now: draft.createdAt });
  if (check !== 'ok') return { unknown: `The draft as it was kept does not verify (${check}); a person has to look.` };
  const ready = readAction(actionOf(draft));
  if (!ready.ok) return { unknown: ready.reason };
  try {
    const seen = await repeat({
      name: `witness of ${draft.kind}`,
      subject: draft.id,
      call: (attempt) => ready.witness({ ...deps, draft, signal: AbortSignal.any([signal, attempt]) }),
      log: deps.store.calls,
      signal,
    });
    return 'unknown' in seen.value ? { unknown: withoutSecrets(seen.value.unknown) } : seen.value;
  } catch (error) {
    // A witness that cannot be asked has seen nothing.
    return {
      unknown: `The witness could not be asked: ${withoutSecrets(error instanceof Error ? error.message : String(error))}`,
    };
  }
}
