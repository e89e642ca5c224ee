import { expect, it } from 'vitest';
import type { ExecutorCounters } from '../../src/store/executors.ts';
import { describeOnEachDatabase, openFresh } from '../support/databases.ts';
import { aFact } from './facts.ts';

const NONE: ExecutorCounters = { processed: 0, executed: 0, failed: 0, refused: 0, deferred: 0, unknown: 0 };

/** A moment of one day, from `hh:mm:ss`. */
const at = (time: string): string => `2026-01-31T${time}.000Z`;
const anExecutor = (id: string, time = at('12:00:00')) => ({ id, host: 'alpha', pid: 17, time });
const NOON = { now: at('12:00:20'), endedAfter: '2026-01-30T12:00:20.000Z' };

describeOnEachDatabase('executors', (fresh) => {
  it('are alive as long as they say so', async () => {
    const { executors } = await openFresh(fresh);
    await executors.began(anExecutor('a'));
    await executors.began(anExecutor('b'));

    await executors.seen('b', at('12:01:00'));
    const status = await executors.status({ ...NOON, now: at('12:01:10') });

    expect(status.alive).toMatchObject([
      {
        id: 'b',
        host: 'alpha',
        pid: 17,
        startedAt: at('12:00:00'),
        seenAt: at('12:01:00'),
        stoppedAt: null,
        why: null,
      },
    ]);
    expect(status.lost).toMatchObject([{ id: 'a', seenAt: at('12:00:00'), stoppedAt: null }]);
    expect(status.stopped).toEqual([]);
  });

  it('are not made to look older by a heartbeat that was held up', async () => {
    const { executors } = await openFresh(fresh);
    await executors.began(anExecutor('a'));

    await executors.seen('a', at('12:00:15'));
    await executors.seen('a', at('12:00:05'));

    expect((await executors.status(NOON)).alive).toMatchObject([{ seenAt: at('12:00:15') }]);
  });

  it('say that they stop, and keep the first reason to their end', async () => {
    const { executors } = await openFresh(fresh);
    await executors.began(anExecutor('a'));

    await executors.stopping('a', 'ada: an upgrade');
    await executors.stopping('a', 'SIGTERM');
    const stopping = await executors.status(NOON);
    await executors.ended('a', { time: at('12:00:10'), why: 'SIGTERM', inGoodOrder: true });
    const ended = await executors.status(NOON);

    expect(stopping.alive).toMatchObject([{ why: 'ada: an upgrade', stoppedAt: null }]);
    expect(ended.alive).toEqual([]);
    expect(ended.stopped).toMatchObject([{ why: 'ada: an upgrade', stoppedAt: at('12:00:10') }]);
  });

  it('that fail while they stop say so', async () => {
    const { executors, ledger } = await openFresh(fresh);
    await executors.began(anExecutor('a'));
    await executors.stopping('a', 'ada: an upgrade');

    await executors.ended('a', { time: at('12:00:10'), why: 'it crashed', inGoodOrder: false }, (why) => [
      aFact({ body: { why } }),
    ]);

    expect((await executors.status(NOON)).stopped).toMatchObject([{ why: 'it crashed' }]);
    expect(await ledger.entries()).toMatchObject([{ body: { why: 'it crashed' } }]);
  });

  it('begin and end once, and each is recorded with it', async () => {
    const { executors, ledger } = await openFresh(fresh);

    for (const attempt of ['first', 'again']) {
      await executors.began(anExecutor('a'), [aFact({ entryId: `began-${attempt}` })]);
    }
    for (const attempt of ['first', 'again']) {
      await executors.ended('a', { time: at('12:00:10'), why: attempt, inGoodOrder: true }, (why) => [
        aFact({ entryId: `ended-${why}` }),
      ]);
    }

    expect((await ledger.entries()).map(({ entryId }) => entryId)).toEqual(['began-first', 'ended-first']);
    expect((await executors.status(NOON)).stopped).toMatchObject([{ why: 'first' }]);
  });

  it('are forgotten by the status some time after their end, but for what they counted', async () => {
    const { executors } = await openFresh(fresh);
    await executors.began(anExecutor('ended'));
    await executors.ended('ended', { time: at('12:00:10'), why: 'SIGTERM', inGoodOrder: true });
    await executors.began(anExecutor('lost'));
    await executors.count('ended', 'executed', 3);

    const status = await executors.status({ now: at('18:00:00'), endedAfter: at('17:00:00') });

    expect(status).toEqual({ alive: [], stopped: [], lost: [], counters: { ...NONE, executed: 3 }, pause: null });
  });

  it('count each for itself and all together, also at the same moment', async () => {
    const { executors } = await openFresh(fresh);
    await executors.began(anExecutor('a'));
    await executors.began(anExecutor('b'));

    await Promise.all(Array.from({ length: 20 }, () => executors.count('a', 'processed')));
    await executors.count('a', 'executed', 19);
    await executors.count('a', 'unknown');
    await executors.count('b', 'processed', 5);
    const { alive, counters } = await executors.status(NOON);

    expect(alive.map((executor) => executor.counters)).toEqual([
      { ...NONE, processed: 20, executed: 19, unknown: 1 },
      { ...NONE, processed: 5 },
    ]);
    expect(counters).toEqual({ ...NONE, processed: 25, executed: 19, unknown: 1 });
  });
});

describeOnEachDatabase('the pause of all executors', (fresh) => {
  const PAUSE = { by: 'ada', reason: 'the receiver is on fire', time: at('12:00:00') };
  const IN_FORCE = { by: 'ada', reason: 'the receiver is on fire', since: at('12:00:00') };

  it('holds until somebody ends it', async () => {
    const { executors } = await openFresh(fresh);

    const before = await executors.pauseInForce();
    const paused = await executors.pause(PAUSE, []);
    const during = await executors.pauseInForce();
    const status = await executors.status(NOON);
    const resumed = await executors.resume([]);

    expect(before).toBeUndefined();
    expect(paused).toEqual({ first: true, pause: IN_FORCE });
    expect(during).toEqual(IN_FORCE);
    expect(status.pause).toEqual(IN_FORCE);
    expect(resumed).toEqual(IN_FORCE);
    expect(await executors.pauseInForce()).toBeUndefined();
  });

  it('stays the pause of who made it, and is recorded once', async () => {
    const { executors, ledger } = await openFresh(fresh);

    await executors.pause(PAUSE, [aFact({ entryId: 'ada' })]);
    const again = await executors.pause({ ...PAUSE, by: 'ben', time: at('12:00:01') }, [aFact({ entryId: 'ben' })]);
    await executors.resume([aFact({ entryId: 'resumed' })]);
    const twice = await executors.resume([aFact({ entryId: 'resumed twice' })]);

    expect(again).toEqual({ first: false, pause: IN_FORCE });
    expect(twice).toBeUndefined();
    expect((await ledger.entries()).map(({ entryId }) => entryId)).toEqual(['ada', 'resumed']);
  });

  it('does not hold when it cannot be recorded', async () => {
    const { executors } = await openFresh(fresh);

    const paused = executors.pause(PAUSE, [aFact({ time: 'now' })]);

    await expect(paused).rejects.toThrow('time');
    expect(await executors.pauseInForce()).toBeUndefined();
  });

  it('is made by one of those who try at the same moment, and seen by all', async () => {
    const { executors } = await openFresh(fresh);

    const tries = await Promise.all(['ada', 'ben', 'eva'].map((by) => executors.pause({ ...PAUSE, by }, [])));

    expect(tries.filter(({ first }) => first)).toHaveLength(1);
    expect(new Set(tries.map(({ pause }) => pause.by)).size).toBe(1);
  });
});
