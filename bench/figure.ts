/** One measured figure, the same thing done both ways. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** Undefined when it could not be measured; `note` says why. */
  readonly bare: number | undefined;
  readonly mandate: number | undefined;
  readonly goal?: Goal;
  readonly note?: string;
}

/** A bound on the ratio of Mandate to bare. */
export interface Goal {
  readonly atMost?: number;
  readonly atLeast?: number;
}

export function ratioOf({ bare, mandate }: Figure): number | undefined {
  return bare === undefined || mandate === undefined || bare === 0 ? undefined : mandate / bare;
}

/** Undefined without a goal, or without a ratio to hold against it. */
export function meetsGoal(figure: Figure): boolean | undefined {
  const ratio = ratioOf(figure);
  if (figure.goal === undefined || ratio === undefined) return undefined;
  const { atMost = Infinity, atLeast = 0 } = figure.goal;
  return ratio <= atMost && ratio >= atLeast;
}
