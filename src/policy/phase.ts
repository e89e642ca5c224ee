/** The phases of an agent's lifecycle in their order; REVOKED can follow any of them but EXIT. */
export const PHASES = [
  'BOOTSTRAP',
  'PREFLIGHT',
  'PLAN',
  'EXECUTE',
  'VERIFY',
  'PACKAGE',
  'REPORT',
  'EXIT',
  'REVOKED',
] as const;
export type Phase = (typeof PHASES)[number];

export type OutputClass = 'alpha' | 'beta' | 'gamma';

/** Thrown for a name that is not exactly one of the phases, so that "unknown" is never taken for "finished". */
export class UnknownPhase extends Error {
  override readonly name = 'UnknownPhase';

  constructor(given: string) {
    super(`Unknown phase ${JSON.stringify(given)}; allowed: ${PHASES.join(', ')}`);
  }
}

/** The phase after this one, or null where nothing follows. Throws {@link UnknownPhase}. */
export function nextPhase(phase: string): Phase | null {
  return NEXT[known(phase)];
}

/** Whether an agent in `from` may go to `to`. Refuses every skip, repeat and step back. Throws {@link UnknownPhase}. */
export function mayMove(from: string, to: string): boolean {
  const next = nextPhase(from);
  const goal = known(to);
  return next !== null && (goal === next || goal === 'REVOKED');
}

/** How final the outputs of a phase are; null for REVOKED, which leaves none. Throws {@link UnknownPhase}. */
export function outputClass(phase: string): OutputClass | null {
  return OUTPUT_CLASS[known(phase)];
}

const NEXT: Readonly<Record<Phase, Phase | null>> = {
  BOOTSTRAP: 'PREFLIGHT',
  PREFLIGHT: 'PLAN',
  PLAN: 'EXECUTE',
  EXECUTE: 'VERIFY',
  VERIFY: 'PACKAGE',
  PACKAGE: 'REPORT',
  REPORT: 'EXIT',
  EXIT: null,
  REVOKED: null,
};

const OUTPUT_CLASS: Readonly<Record<Phase, OutputClass | null>> = {
  BOOTSTRAP: 'alpha',
  PREFLIGHT: 'alpha',
  PLAN: 'beta',
  EXECUTE: 'beta',
  VERIFY: 'gamma',
  PACKAGE: 'gamma',
  REPORT: 'gamma',
  EXIT: 'gamma',
  REVOKED: null,
};

function known(name: string): Phase {
  const phase = PHASES.find((each) => each === name);
  if (phase === undefined) throw new UnknownPhase(name);
  return phase;
}
