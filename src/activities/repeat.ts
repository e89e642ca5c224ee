import type { RetryPolicy } from '../contract/retry.ts';
import { readRetryPolicy, waitAfterMs } from '../policy/retry.ts';
import { attempt } from './attempt.ts';
import type { AttemptOptions } from './attempt.ts';
import { realClock } from './clock.ts';

interface RepeatOptions<T, F> extends AttemptOptions<T> {
  readonly policy?: Partial<RetryPolicy>;
  /** Takes the place of the last error. It was given when the field is there, whatever its value. */
  readonly fallback?: F;
}

type Repeated<T, F> = { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'fallback'; readonly value: F };

/**
 * Calls what may be called again, by default three times: never an effect. When every attempt has failed, the result is
 * the fallback, marked as such, and where there is none the last error is thrown.
 *
 * @throws InvalidPolicy before anything is called.
 */
export async function repeat<T, F = never>(options: RepeatOptions<T, F>): Promise<Repeated<T, F>> {
  const { clock = realClock, signal } = options;
  const policy = readRetryPolicy(options.policy);
  for (let number = 1; ; number += 1) {
    try {
      return { kind: 'ok', value: await attempt(options, number) };
    } catch (error) {
      // Nobody wants the result any more, not even the fallback.
      if (signal?.aborted === true) throw error;
      if (number === policy.attempts) {
        if (Object.hasOwn(options, 'fallback')) return { kind: 'fallback', value: options.fallback as F };
        throw error;
      }
      await clock.sleep(waitAfterMs(policy, number), signal);
    }
  }
}
