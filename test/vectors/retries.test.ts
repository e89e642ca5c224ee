import { expect, test } from 'vitest';
import { AttemptTimedOut } from '../../src/activities/attempt.ts';
import { repeat } from '../../src/activities/repeat.ts';
import type { RetryPolicy } from '../../src/contract/retry.ts';
import { InvalidPolicy } from '../../src/policy/retry.ts';
import type { Call } from '../../src/store/calls.ts';
import { startVirtualClock } from '../support/virtual-clock.ts';
import { casesOf } from './cases.ts';

interface RetryCase {
  readonly name: string;
  readonly policy?: Partial<RetryPolicy>;
  readonly outcomes: readonly ('ok' | 'fail' | 'hang')[];
  readonly fallback?: unknown;
  readonly expect: unknown;
}

test.each(casesOf('retries') as readonly [string, RetryCase][])('%s', async (_name, each) => {
  expect(await answer(each)).toEqual(each.expect);
});

async function answer(each: RetryCase): Promise<unknown> {
  const { policy, outcomes } = each;
  const clock = startVirtualClock();
  const log = new Map<string, Call>();
  let called = 0;
  const call = (_signal: AbortSignal, attempt: number): Promise<string> => {
    called += 1;
    const outcome = outcomes[attempt - 1];
    switch (outcome) {
      case 'ok':
        return Promise.resolve('done');
      case 'fail':
        return Promise.reject(new Error('fail'));
      case 'hang':
        return new Promise(() => undefined);
      default:
        throw new Error(`The case says nothing of attempt ${attempt}.`);
    }
  };
  const options = {
    name: 'vector',
    subject: each.name,
    call,
    clock,
    log: { record: async (entry: Call) => void log.set(entry.id, entry) },
    ...(policy === undefined ? {} : { policy }),
    ...('fallback' in each ? { fallback: each.fallback } : {}),
  };
  const told = (): object => ({ delaysMs: delaysOf([...log.values()]), attempts: called });
  try {
    const result = await clock.until(repeat(options));
    expect(result.value).toEqual(result.kind === 'fallback' ? each.fallback : 'done');
    return { ...told(), result: result.kind };
  } catch (error) {
    if (error instanceof InvalidPolicy && called === 0) return { error: error.name };
    return {
      ...told(),
      result: 'error',
      lastError: error instanceof AttemptTimedOut ? 'hang' : String(error).slice(7),
    };
  }
}

/** From the end of each attempt to the beginning of the next, as the log tells. */
function delaysOf(calls: readonly Call[]): number[] {
  return calls.slice(1).map((next, index) => {
    const { time = '', elapsedMs = 0 } = calls[index] ?? {};
    return Date.parse(next.time) - Date.parse(time) - elapsedMs;
  });
}
