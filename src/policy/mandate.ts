import type { Action } from '../contract/action.ts';
import type { Json, JsonObject } from '../contract/json.ts';
import { ANY_REVERSIBLE_KIND } from '../contract/mandate.ts';
import type { MandateRecord, MandateScope } from '../contract/mandate.ts';
import type { NonDelegable } from '../contract/non-delegable.ts';
import { decimalOf, isAtMost } from './decimal.ts';
import { matchesTarget } from './target-pattern.ts';

/** What is to be let through without asking. */
export interface MandateQuestion {
  readonly action: Action;
  readonly agent: string;
  /** Whether what the action does can be undone. */
  readonly reversible: boolean;
  /** The classes of its effect, found and declared: none of these is ever covered. */
  readonly nonDelegable: readonly NonDelegable[];
  /** This very draft has used the mandate already: its use is not asked for a second time. */
  readonly used?: boolean;
}

export type Coverage = { readonly ok: true } | { readonly ok: false; readonly reason: string };

// Actions of this kind are about mandates themselves, and only people decide about those.
const ABOUT_MANDATES = /^mandate_/;

/** Whether a mandate lets an action through now, in milliseconds. Refuses whatever is not clearly within its scope. */
export function covers(mandate: MandateRecord, question: MandateQuestion, nowMs: number): Coverage {
  const reason = lapse(mandate, question, nowMs) ?? exclusion(question) ?? outside(mandate.scope, question);
  return reason === undefined ? { ok: true } : { ok: false, reason: `mandate ${mandate.id} ${reason}` };
}

function lapse(mandate: MandateRecord, { used = false }: MandateQuestion, nowMs: number): string | undefined {
  const { withdrawnAt, withdrawnBy, withdrawnBecause, expiresAt, uses, maxUses } = mandate;
  if (withdrawnAt !== null) return `was withdrawn by ${withdrawnBy} at ${withdrawnAt}: ${withdrawnBecause}`;
  // Written so that a time which is none refuses.
  if (!(nowMs < Date.parse(expiresAt))) return `expired at ${expiresAt}`;
  if (!used && uses >= maxUses) return `is used up: ${uses} of ${maxUses}`;
  return undefined;
}

function exclusion({ action, nonDelegable }: MandateQuestion): string | undefined {
  if (nonDelegable.length > 0) return `covers nothing that nobody may delegate: ${nonDelegable.join(', ')}`;
  if (ABOUT_MANDATES.test(action.kind)) return 'covers nothing that is about mandates';
  return undefined;
}

function outside(
  { kinds, agents, targets, maxAmounts }: MandateScope,
  { action, agent, reversible }: MandateQuestion,
): string | undefined {
  const { kind, target, payload } = action;
  if (!kinds.some((each) => each === kind)) {
    if (!kinds.includes(ANY_REVERSIBLE_KIND)) return `is not for ${kind}`;
    if (!reversible) return `does not name ${kind}, which cannot be undone`;
  }
  if (!agents.includes(agent)) return `is not for agent ${agent}`;
  if (!targets.some((pattern) => matchesTarget(pattern, target))) return 'is not for this target';
  return excess(maxAmounts, payload);
}

function excess(maxAmounts: MandateScope['maxAmounts'], payload: JsonObject): string | undefined {
  for (const [pointer, most] of Object.entries(maxAmounts)) {
    const amount = decimalOf(memberAt(payload, pointer));
    if (amount === undefined) return `needs a decimal number of nought or more at ${pointer}`;
    if (!isAtMost(amount, most)) return `allows at most ${most} at ${pointer}, and not ${amount}`;
  }
  return undefined;
}

/** By JSON Pointer (RFC 6901). Undefined where nothing is there, or the pointer is none. */
function memberAt(payload: JsonObject, pointer: string): Json | undefined {
  let at: Json | undefined = payload;
  for (const step of pointer.split('/').slice(1)) {
    if (/~(?![01])/.test(step) || typeof at !== 'object' || at === null) return undefined;
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    // Of a list only what RFC 6901 calls an index: nothing else that an array has is JSON.
    if (Array.isArray(at) && !/^(0|[1-9]\d*)$/.test(name)) return undefined;
    at = Object.hasOwn(at, name) ? (at as { readonly [name: string]: Json })[name] : undefined;
  }
  return at;
}
