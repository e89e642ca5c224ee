import { expect, it } from 'vitest';
import type { Call } from '../../src/store/calls.ts';
import { describeOnEachDatabase, openFresh } from '../support/databases.ts';

function aCall(id: string, overrides: Partial<Call> = {}): Call {
  return {
    id,
    subject: 'draft-1',
    name: 'witness webhook',
    number: 1,
    outcome: 'ok',
    error: null,
    elapsedMs: 12,
    time: '2026-03-01T09:00:00.000Z',
    ...overrides,
  };
}

describeOnEachDatabase('the log of calls', (fresh) => {
  it('has what was last said of an attempt, oldest first', async () => {
    const { calls } = await openFresh(fresh);
    const later = aCall('b', { number: 2, time: '2026-03-01T09:00:02.000Z' });
    await calls.record(later);
    await calls.record(aCall('a', { outcome: 'begun', elapsedMs: 0 }));
    const ended = aCall('a', { outcome: 'failed', error: 'no answer' });
    await calls.record(ended);

    expect(await calls.list({ limit: 10 })).toEqual([ended, later]);
  });

  it('lists the latest of one subject', async () => {
    const { calls } = await openFresh(fresh);
    const third = aCall('c', { number: 3, time: '2026-03-01T09:00:03.000Z' });
    for (const call of [third, aCall('a'), aCall('b', { number: 2 }), aCall('d', { subject: 'draft-2' })]) {
      await calls.record(call);
    }

    expect(await calls.list({ subject: 'draft-1', limit: 2 })).toEqual([aCall('b', { number: 2 }), third]);
  });

  it('takes what a provider said, whatever that is', async () => {
    const { calls } = await openFresh(fresh);
    await calls.record(aCall('a', { outcome: 'failed', error: 'a NUL: \0' }));

    expect(await calls.list({ limit: 1 })).toMatchObject([{ error: 'a NUL: \ufffd' }]);
  });

  it('forgets what is older than thirty days', async () => {
    const { calls } = await openFresh(fresh);
    await calls.record(aCall('old'));
    await calls.record(aCall('kept', { time: '2026-03-02T09:00:00.000Z' }));
    await calls.record(aCall('new', { time: '2026-04-01T08:00:00.000Z' }));

    expect((await calls.list({ limit: 10 })).map(({ id }) => id)).toEqual(['kept', 'new']);
  });
});
