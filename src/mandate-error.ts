import type { Fault } from './contract/issues.ts';

/** Thrown by every call of a client of Mandate for what the caller can mend; `type` is what programs match on. */
export class MandateError extends Error {
  override readonly name = 'MandateError';
  readonly type:
    | 'InvalidInput'
    | 'InvalidRequest'
    | 'UnknownRun'
    | 'UnknownRequest'
    | 'UnknownDraft'
    | 'NotEnded'
    | 'RunFailed'
    | 'RequestFailed';
  /** Where the faults stand, for `InvalidInput`. */
  readonly faults: readonly Fault[];

  constructor(type: MandateError['type'], message: string, options?: ErrorOptions & { faults?: readonly Fault[] }) {
    super(message, options);
    this.type = type;
    this.faults = options?.faults ?? [];
  }
}
