import type { NonDelegable } from '../../contract/non-delegable.ts';
import { cut } from '../../contract/text.ts';

/** An effect that nobody may delegate, and by what it was recognised. */
export interface Finding {
  readonly class: NonDelegable;
  readonly why: string;
}

/** What a text that is to be carried out would do, as far as it can be told from the text. */
export interface Classification {
  readonly findings: readonly Finding[];
  /** What it would do and cannot be told. Never to be taken for nothing: let a person look. */
  readonly unreadable: readonly string[];
}

export function finding(which: NonDelegable, why: string): Finding {
  return { class: which, why: why.length > LONGEST_WHY ? `${cut(why, LONGEST_WHY - 3)}...` : why };
}

/** The classes, each once. */
export function classesOf(findings: readonly Finding[]): readonly NonDelegable[] {
  return [...new Set(findings.map((each) => each.class))];
}

/** The same without what is said twice. */
export function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((each) => [`${each.class} ${each.why}`, each])).values()];
}

const LONGEST_WHY = 300;
