import { inject } from 'vitest';
import { openMandate } from './open-mandate.ts';
import type { Mandate, MandateOptions } from './open-mandate.ts';

export type { Mandate } from './open-mandate.ts';

/**
 * Mandate on the run's Temporal server. By default in the namespace of this test file, since files that run at the same
 * time must not share one; tests that run at the same time within a file take one each of the spare ones that are the file's.
 */
export function startMandate(
  options: MandateOptions & { readonly namespace?: string; readonly bundle?: string } = {},
): Promise<Mandate> {
  const {
    namespace = `pool-${process.env['VITEST_POOL_ID'] ?? '1'}`,
    bundle = inject('workflowBundle'),
    ...rest
  } = options;
  return openMandate({ address: inject('temporalAddress'), namespace, bundle }, rest);
}
