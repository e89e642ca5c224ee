import type { Action } from '../contract/action.ts';
import type { NonDelegable } from '../contract/non-delegable.ts';
import { covers } from '../policy/mandate.ts';
import type { Coverage, MandateQuestion } from '../policy/mandate.ts';
import type { Store } from '../store/open.ts';
import type { ReadyAction } from './kinds/table.ts';
import { refuseNonDelegable } from './non-delegable.ts';

/** What a mandate is to let through: the action, as its kind has read it. */
export interface Coverable {
  readonly draftId: string;
  readonly agent: string;
  readonly action: Action;
  readonly declared: readonly NonDelegable[];
  readonly ready: Pick<ReadyAction, 'reversible' | 'nonDelegable'>;
}

/** Whether a mandate lets a draft through now; what the draft has used already still holds for it. Consumes nothing. */
export async function judgeMandate(
  { mandates }: Pick<Store, 'mandates'>,
  id: string,
  given: Coverable,
): Promise<Coverage> {
  const mandate = await mandates.get(id);
  if (mandate === undefined) return { ok: false, reason: `mandate ${id} is not there` };
  const used = (await mandates.usedBy(given.draftId)) === id;
  return covers(mandate, { ...questionOf(given), used }, Date.now());
}

/** The mandate that lets a draft through: the one that it has used already, else the first to expire that covers it. */
export async function mandateFor({ mandates }: Pick<Store, 'mandates'>, given: Coverable): Promise<string | undefined> {
  const used = await mandates.usedBy(given.draftId);
  // Whatever has become of it since, the draft's claim was made under it, and says how the draft stands.
  if (used !== undefined) return used;
  const nowMs = Date.now();
  const question = questionOf(given);
  const live = await mandates.list({ liveAt: new Date(nowMs).toISOString() });
  return live.find((mandate) => covers(mandate, question, nowMs).ok)?.id;
}

function questionOf({ action, agent, declared, ready }: Coverable): MandateQuestion {
  const nonDelegable = refuseNonDelegable(ready.nonDelegable, declared);
  return { action, agent, reversible: ready.reversible, nonDelegable };
}
