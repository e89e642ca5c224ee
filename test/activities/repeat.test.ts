import { describe, expect, it } from 'vitest';
import { repeat } from '../../src/activities/repeat.ts';
import type { Call } from '../../src/store/calls.ts';
import { until } from '../support/until.ts';
import { startVirtualClock } from '../support/virtual-clock.ts';

/** A log in memory: what was last said of each attempt. */
function aLog(): { record(call: Call): Promise<void>; all(): Call[] } {
  const calls = new Map<string, Call>();
  return { record: async (call) => void calls.set(call.id, call), all: () => [...calls.values()] };
}

const WHAT = { name: 'look', subject: 'draft-1' };

describe('a call that may be repeated', () => {
  it('has every attempt in the log, with how it went', async () => {
    const clock = startVirtualClock();
    const log = aLog();
    const call = async (_signal: AbortSignal, attempt: number): Promise<string> => {
      await clock.sleep(250);
      if (attempt === 1) throw new Error('the token=hunter2 was refused');
      return 'seen';
    };

    const result = await clock.until(repeat({ ...WHAT, call, log, clock }));

    expect(result).toEqual({ kind: 'ok', value: 'seen' });
    expect(log.all()).toEqual([
      {
        ...WHAT,
        id: expect.any(String) as string,
        number: 1,
        outcome: 'failed',
        error: 'the [removed] was refused',
        elapsedMs: 250,
        time: '2026-03-01T09:00:00.000Z',
      },
      {
        ...WHAT,
        id: expect.any(String) as string,
        number: 2,
        outcome: 'ok',
        error: null,
        elapsedMs: 250,
        time: '2026-03-01T09:00:01.250Z',
      },
    ]);
  });

  it('is in the log from its beginning, so that an attempt whose process dies is there too', async () => {
    const log = aLog();
    let give: (seen: string) => void = () => undefined;
    const given = new Promise<string>((resolve) => (give = resolve));
    const ending = repeat({ ...WHAT, call: () => given, log });

    const [begun] = await until('the attempt in the log', () => log.all().length > 0 && log.all());

    expect(begun).toMatchObject({ number: 1, outcome: 'begun', error: null });
    give('seen');
    await ending;
    expect(log.all()).toMatchObject([{ outcome: 'ok' }]);
  });

  it('abandons an attempt whose time is over, and tells it so', async () => {
    const clock = startVirtualClock();
    const log = aLog();
    const signals: AbortSignal[] = [];
    const call = (signal: AbortSignal): Promise<never> => {
      signals.push(signal);
      return new Promise(() => undefined);
    };

    await expect(clock.until(repeat({ ...WHAT, call, log, clock, timeoutMs: 5_000 }))).rejects.toThrow(
      'There was no answer within 5 s; the attempt was abandoned.',
    );

    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
    expect(log.all().map(({ outcome, elapsedMs }) => [outcome, elapsedMs])).toEqual([
      ['timed_out', 5_000],
      ['timed_out', 5_000],
      ['timed_out', 5_000],
    ]);
  });

  it('throws the last error as it was, also one thrown before there was a promise', async () => {
    const clock = startVirtualClock();
    const errors = [new Error('first'), new TypeError('second'), new RangeError('third')];
    const call = (_signal: AbortSignal, attempt: number): Promise<never> => {
      throw errors[attempt - 1] ?? new Error('one attempt too many');
    };

    await expect(clock.until(repeat({ ...WHAT, call, log: aLog(), clock }))).rejects.toBe(errors[2]);
  });

  it('goes its way whatever happens to its log', async () => {
    const record = (): Promise<never> => Promise.reject(new Error('the database is down'));

    const result = await repeat({ ...WHAT, call: async () => 'seen', log: { record } });

    expect(result).toEqual({ kind: 'ok', value: 'seen' });
  });

  it('is not repeated for somebody who has gone, not even to give the fallback', async () => {
    const gone = new AbortController();
    const log = aLog();
    const call = (): Promise<never> => {
      gone.abort(new Error('the activity was cancelled'));
      return new Promise(() => undefined);
    };

    await expect(repeat({ ...WHAT, call, log, signal: gone.signal, fallback: 'none' })).rejects.toThrow(
      'the activity was cancelled',
    );
    expect(log.all()).toHaveLength(1);
  });
});
