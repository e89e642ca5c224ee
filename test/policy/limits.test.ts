import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallOutcome, Limits } from '../../src/contract/limits.ts';
import type { LimitAlert, LimitAnswer } from '../../src/contract/limits.ts';
import { NEW_LIMITER } from '../../src/policy/limiter-state.ts';
import { describeLimiter } from '../../src/policy/limiter-view.ts';
import { acquire, epochOf, type Limiter, pause, reset, resume, settle } from '../../src/policy/limits.ts';

const OFF = { cooldown: null, hourlyCap: null, breaker: null, thermal: null } as const;
const WHY = { by: 'ada', reason: 'the provider is down', since: '2026-03-01T09:00:00.000Z' };

describe('the limits of a call', () => {
  it('are all on by default, and each is off when it is null', () => {
    const limits = Limits.parse({});

    expect(limits).toEqual({
      cooldown: { seconds: 300, byTool: {} },
      hourlyCap: 5,
      breaker: { threshold: 3, recoverySeconds: 300, probeLeaseSeconds: 120 },
      thermal: { max: 10, windowSeconds: 900, pauseSeconds: 300 },
    });
    expect(Limits.parse(OFF)).toEqual(OFF);
  });

  it('keep the cooldown of a tool that is called like a part of every object', () => {
    const limits = Limits.parse(JSON.parse('{"cooldown": {"seconds": 0, "byTool": {"__proto__": 9}}}'));
    const first = acquire([aLimiter(limits)], { tool: '__proto__', lease: 'a' }, 0);

    const { answer } = acquire(first.limiters.map(stored), { tool: '__proto__', lease: 'b' }, 1);

    expect(answer).toEqual({ kind: 'debounced', retryInSeconds: 9 });
  });

  it.each([
    ['a list', []],
    ['null', null],
    ['a fraction', { post: 1.5 }],
    ['a text', { post: '5' }],
    ['more than a year', { post: 31_536_001 }],
  ])('refuse cooldowns by tool that are %s', (_name, byTool) => {
    const { error } = Limits.safeParse({ cooldown: { byTool } });

    expect(error?.issues.map(({ path }) => path.slice(0, 2))).toEqual([['cooldown', 'byTool']]);
  });

  it('tell the longest wait of the layer that refuses, of all who are asked', () => {
    const everybody = aLimiter({ ...OFF, cooldown: { seconds: 60, byTool: {} } });
    const agent = aLimiter({ ...OFF, cooldown: { seconds: 300, byTool: {} } });
    const granted = acquire([everybody, agent], { tool: 'post', lease: 'a' }, 0);

    const { answer } = acquire(granted.limiters, { tool: 'post', lease: 'b', heldUntilMs: 90_000 }, 1_000);
    const held = acquire([everybody], { tool: 'post', lease: 'c', heldUntilMs: 90_000 }, 1_000);

    expect(answer).toEqual({ kind: 'debounced', retryInSeconds: 299 });
    expect(held.answer).toEqual({ kind: 'debounced', retryInSeconds: 89 });
  });

  it('do not overheat by what the limiter of an agent refuses earlier', () => {
    const everybody = aLimiter({ ...OFF, thermal: { max: 1, windowSeconds: 900, pauseSeconds: 300 } });
    const agent = aLimiter({ ...OFF, hourlyCap: 1 });
    const { limiters } = acquire([everybody, agent], { tool: 'post', lease: 'a' }, 0);

    const second = acquire(limiters, { tool: 'post', lease: 'b' }, 1);

    expect(second).toEqual({ limiters, answer: { kind: 'debounced', retryInSeconds: 3_600 }, alerts: [] });
  });

  it('remember nothing that no rule needs any more', () => {
    const limits = Limits.parse({ cooldown: null });
    const many = Array.from({ length: 50 }, (_, index) => index);

    const { limiters } = many.reduce(
      (before, index) => acquire(before.limiters, { tool: 'post', lease: `${index}` }, index * 1_800_000),
      { limiters: [aLimiter(limits)] as readonly Limiter[] },
    );

    expect(limiters[0]?.state).toEqual({
      ...NEW_LIMITER,
      hourMs: [48 * 1_800_000, 49 * 1_800_000],
      effectsMs: [49 * 1_800_000],
    });
  });
});

describe('a layer that is switched off for a while', () => {
  const all = Limits.parse({ breaker: { threshold: 1 } });

  it.each([
    ['thermal', { ...OFF, thermal: all.thermal }, 10, 'deferred_thermal'],
    ['the hourly cap', { ...OFF, hourlyCap: 2 }, 2, 'debounced'],
    ['the cooldown', { ...OFF, cooldown: { seconds: 60, byTool: {} } }, 1, 'debounced'],
  ])('goes on from what it had counted: %s', (_layer, limits, calls, refusal) => {
    let limiter = aLimiter(limits);
    for (let call = 0; call < calls; call += 1) limiter = asked(limiter, call).limiter;

    const meanwhile = asked({ ...limiter, limits: OFF }, 50);
    const { answer } = asked({ ...meanwhile.limiter, limits }, 60);

    expect([meanwhile.answer.kind, answer.kind]).toEqual(['granted', refusal]);
  });

  it('goes on as it stood: the breaker, and the pause of thermal', () => {
    const opened = settle(
      asked(aLimiter(all), 0).limiter,
      { tool: 'post', lease: 'L0', epoch: 0, outcome: 'failure' },
      1,
    );
    const before = { ...opened.state, effectsMs: [], thermalUntilMs: 300_000 };

    const meanwhile = asked({ limits: OFF, state: before }, 2);

    expect(meanwhile).toEqual({ limiter: { limits: OFF, state: before }, answer: { kind: 'granted' } });
  });

  function asked(limiter: Limiter, nowMs: number): { limiter: Limiter; answer: LimitAnswer } {
    const { limiters, answer } = acquire([limiter], { tool: 'post', lease: `L${nowMs}` }, nowMs);
    return { limiter: stored(limiters[0] ?? limiter), answer };
  }
});

describe('the view of a limiter', () => {
  it('tells of each layer what it does to the next call', () => {
    const limits = Limits.parse({ breaker: { threshold: 1 }, thermal: { max: 1 } });
    const [granted = aLimiter(limits)] = acquire([aLimiter(limits)], { tool: 'post', lease: 'a' }, 0).limiters;
    const ended = { tool: 'post', lease: 'a', epoch: epochOf(granted.state, 'post'), outcome: 'failure' } as const;
    const state = pause(settle(granted, ended, 1_000).state, WHY, 'mail');

    const view = describeLimiter({ limits, state }, ['mail', 'post'], 2_000);

    expect(view).toEqual([
      { layer: 'pause', tool: 'mail', state: 'paused', retryInSeconds: null, ...WHY },
      { layer: 'cooldown', tool: 'mail', state: 'ready', retryInSeconds: 0 },
      { layer: 'cooldown', tool: 'post', state: 'waiting', retryInSeconds: 298 },
      { layer: 'hourly_cap', tool: null, state: 'ready', retryInSeconds: 0, used: 1, of: 5 },
      { layer: 'breaker', tool: 'mail', state: 'closed', retryInSeconds: 0, consecutiveFailures: 0 },
      { layer: 'breaker', tool: 'post', state: 'open', retryInSeconds: 299, consecutiveFailures: 1 },
      { layer: 'thermal', tool: null, state: 'ready', retryInSeconds: 0, used: 1, of: 1 },
    ]);
  });

  it('shows a breaker half open, and while a probe is under way', () => {
    const limits = Limits.parse({ ...OFF, breaker: { threshold: 1 } });
    const [granted = aLimiter(limits)] = acquire([aLimiter(limits)], { tool: 'post', lease: 'a' }, 0).limiters;
    const { state } = settle(granted, { tool: 'post', lease: 'a', epoch: 0, outcome: 'unknown' }, 0);
    const breakerAt = (limiter: Limiter): unknown =>
      describeLimiter(limiter, ['post'], 300_000).find(({ layer }) => layer === 'breaker');

    const probing = acquire([{ limits, state }], { tool: 'post', lease: 'b' }, 300_000).limiters[0];

    expect(breakerAt({ limits, state })).toMatchObject({ state: 'half_open', retryInSeconds: 0 });
    expect(breakerAt(probing ?? aLimiter(limits))).toMatchObject({ state: 'probing', retryInSeconds: 120 });
  });

  it('says which layers are off', () => {
    const view = describeLimiter(aLimiter(undefined), ['post'], 0);

    expect(view.map(({ layer, state }) => [layer, state])).toEqual([
      ['cooldown', 'off'],
      ['hourly_cap', 'off'],
      ['breaker', 'off'],
      ['thermal', 'off'],
    ]);
  });
});

// What holds whatever is called, in which order, and however it ends.
describe('every course of calls', () => {
  it('never lets more through an open breaker than one probe at a time', () => {
    fc.assert(
      fc.property(course, ({ limits, events }) => {
        expect(unlawfulProbes(limits, play(limits, events))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('never grants more calls in an hour than the cap', () => {
    fc.assert(
      fc.property(course, ({ limits, events }) => {
        const steps = play(limits, events);
        const fromReset = steps.slice(steps.findLastIndex(({ wasReset }) => wasReset === 'all') + 1);
        const grants = fromReset.filter(isGrant);

        for (const { atMs } of grants) {
          const lastHour = grants.filter((grant) => grant.atMs <= atMs && atMs - grant.atMs < 3_600_000);
          expect(lastHour.length).toBeLessThanOrEqual(limits.hourlyCap ?? Infinity);
        }
      }),
      RUNS,
    );
  });

  it('never grants a call of a tool before its cooldown is over', () => {
    fc.assert(
      fc.property(course, fc.constantFrom(...TOOLS), ({ limits, events }, tool) => {
        const steps = play(limits, events);
        const fromReset = steps.slice(steps.findLastIndex(({ wasReset }) => wasReset !== undefined) + 1);
        const times = fromReset.filter((step) => isGrant(step) && step.tool === tool).map(({ atMs }) => atMs);

        const own = new Map(Object.entries(limits.cooldown?.byTool ?? {})).get(tool);
        const seconds = own ?? limits.cooldown?.seconds ?? 0;
        for (const [index, atMs] of times.slice(1).entries()) {
          expect(atMs - (times[index] ?? Infinity)).toBeGreaterThanOrEqual(seconds * 1_000);
        }
      }),
      RUNS,
    );
  });

  it('changes nothing by a refusal but the pause of thermal, which it starts once', () => {
    fc.assert(
      fc.property(course, ({ limits, events }) => {
        const refusals = play(limits, events).filter(({ answer }) => answer && answer.kind !== 'granted');
        const [tripping, others] = [true, false].map((trips) =>
          refusals.filter(({ alerts }) => alerts.includes('thermal_tripped') === trips),
        );

        for (const { before, after } of others ?? []) expect(after.state).toEqual(before.state);
        for (const { before, after, atMs } of tripping ?? []) {
          const thermalUntilMs = atMs + (limits.thermal?.pauseSeconds ?? 0) * 1_000;
          expect(after.state).toEqual({ ...before.state, effectsMs: [], thermalUntilMs });
          expect(before.state.thermalUntilMs ?? 0).toBeLessThanOrEqual(atMs);
        }
      }),
      RUNS,
    );
  });

  it('tells the shortest wait after which the same layer does not refuse again', () => {
    fc.assert(
      fc.property(course, ({ limits, events }) => {
        for (const { answer, after, tool, atMs } of play(limits, events)) {
          if (answer?.kind !== 'debounced' && answer?.kind !== 'deferred_thermal') continue;
          const later = acquire([after], { tool, lease: 'later' }, atMs + answer.retryInSeconds * 1_000);
          const sooner = acquire([after], { tool, lease: 'sooner' }, atMs + answer.retryInSeconds * 1_000 - 1_000);

          expect(later.answer.kind).not.toBe(answer.kind);
          expect(sooner.answer).toMatchObject({ kind: answer.kind, retryInSeconds: 1 });
        }
      }),
      RUNS,
    );
  });

  it('is let through once everything is reset and resumed', () => {
    fc.assert(
      fc.property(course, fc.constantFrom(...TOOLS), ({ limits, events }, tool) => {
        const { state, atMs } = endOf(play(limits, events), limits);
        const resumed = [undefined, ...TOOLS].reduce((before, each) => resume(before, each), reset(state));

        const { answer } = acquire([{ limits, state: resumed }], { tool, lease: 'new' }, atMs);

        expect(answer).toEqual({ kind: 'granted' });
      }),
      RUNS,
    );
  });

  it('is granted by several limiters when each alone would grant it, and then by all', () => {
    fc.assert(
      fc.property(course, course, fc.constantFrom(...TOOLS), (one, other, tool) => {
        const ends = [one, other].map(({ limits, events }) => ({ limits, ...endOf(play(limits, events), limits) }));
        const nowMs = Math.max(...ends.map(({ atMs }) => atMs));
        const call = { tool, lease: 'new' };

        const alone = ends.map((limiter) => acquire([limiter], call, nowMs));
        const together = acquire(ends, call, nowMs);

        const allGrant = alone.every(({ answer }) => answer.kind === 'granted');
        expect(together.answer.kind === 'granted').toBe(allGrant);
        expect(together.limiters).toEqual(allGrant ? alone.flatMap(({ limiters }) => limiters) : together.limiters);
      }),
      RUNS,
    );
  });
});

const RUNS = { numRuns: 300 };
const TOOLS = ['post', 'constructor', '__proto__'];

const settings = fc
  .record({
    cooldown: fc.option(
      fc.record({ seconds: fc.constantFrom(0, 1, 3), byTool: fc.constantFrom({}, { post: 0 }, { constructor: 5 }) }),
    ),
    hourlyCap: fc.option(fc.integer({ min: 1, max: 12 })),
    breaker: fc.option(
      fc.record(
        {
          threshold: fc.integer({ min: 1, max: 3 }),
          recoverySeconds: fc.constantFrom(2, 6),
          totalThreshold: fc.integer({ min: 1, max: 5 }),
          probeLeaseSeconds: fc.constantFrom(1, 4),
        },
        { requiredKeys: ['threshold', 'recoverySeconds', 'probeLeaseSeconds'] },
      ),
      { freq: 9 },
    ),
    thermal: fc.option(
      fc.record({
        max: fc.integer({ min: 1, max: 6 }),
        windowSeconds: fc.constantFrom(5, 30),
        pauseSeconds: fc.constantFrom(1, 8),
      }),
    ),
  })
  .map((given) => Limits.parse(given));

const event = fc.record({
  waitMs: fc.constantFrom(0, 0, 1, 500, 1_000, 2_000, 6_000, 6_000, 599_999, 1_800_000),
  act: fc.oneof(
    { weight: 10, arbitrary: fc.record({ ask: fc.constantFrom('post', ...TOOLS) }) },
    { weight: 8, arbitrary: fc.record({ end: fc.nat(), outcome: fc.constantFrom('failure', ...CallOutcome.options) }) },
    { weight: 1, arbitrary: fc.record({ reset: fc.constantFrom(undefined, ...TOOLS) }) },
    { weight: 1, arbitrary: fc.record({ pause: fc.constantFrom(undefined, ...TOOLS), lift: fc.boolean() }) },
  ),
});
const course = fc.record({ limits: settings, events: fc.array(event, { minLength: 1, maxLength: 60, size: 'max' }) });
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

interface Played {
  readonly atMs: number;
  readonly tool: string;
  readonly lease: string;
  readonly before: Limiter;
  readonly after: Limiter;
  readonly alerts: readonly LimitAlert[];
  readonly answer?: LimitAnswer;
  readonly ended?: CallOutcome;
  readonly wasReset?: string;
}

/** Plays a course on one limiter, which is written to the store and read again after each step. */
function play(limits: Limits, events: readonly Event[]): Played[] {
  const played: Played[] = [];
  const leases: { tool: string; lease: string; epoch: number }[] = [];
  let limiter = aLimiter(limits);
  let atMs = 0;
  for (const { waitMs, act } of events) {
    atMs += waitMs;
    const before = limiter;
    const lease = `L${played.length}`;
    if ('ask' in act) {
      const { limiters, answer, alerts } = acquire([before], { tool: act.ask, lease }, atMs);
      limiter = stored(limiters[0] ?? before);
      if (answer.kind === 'granted') leases.push({ tool: act.ask, lease, epoch: epochOf(limiter.state, act.ask) });
      played.push({ atMs, tool: act.ask, lease, before, after: limiter, answer, alerts });
    } else if ('end' in act) {
      const [ended] = leases.splice(act.end % Math.max(1, leases.length), 1);
      if (ended === undefined) continue;
      const { state, alerts } = settle(before, { ...ended, outcome: act.outcome }, atMs);
      limiter = stored({ limits, state });
      played.push({ atMs, ...ended, before, after: limiter, alerts, ended: act.outcome });
    } else if ('reset' in act) {
      limiter = stored({ limits, state: reset(before.state, act.reset) });
      played.push({ atMs, tool: '', lease, before, after: limiter, alerts: [], wasReset: act.reset ?? 'all' });
    } else {
      const state = act.lift ? resume(before.state, act.pause) : pause(before.state, WHY, act.pause);
      limiter = stored({ limits, state });
      played.push({ atMs, tool: '', lease, before, after: limiter, alerts: [] });
    }
  }
  return played;
}

/** Grants of calls by breakers that were open, other than one at a time from when they might be tried again. */
function unlawfulProbes(limits: Limits, steps: readonly Played[]): Played[] {
  const recoveryMs = (limits.breaker?.recoverySeconds ?? 0) * 1_000;
  const leaseMs = (limits.breaker?.probeLeaseSeconds ?? 0) * 1_000;
  const closedUntilMs = new Map<string, number>();
  const probes = new Map<string, { lease: string; endsMs: number }>();
  return steps.filter(({ atMs, tool, lease, answer, ended, alerts, wasReset }) => {
    for (const each of wasReset === 'all' ? TOOLS : [wasReset ?? '']) {
      closedUntilMs.delete(each);
      probes.delete(each);
    }
    const probe = probes.get(tool);
    if (probe !== undefined && probe.endsMs <= atMs) {
      closedUntilMs.set(tool, probe.endsMs + recoveryMs);
      probes.delete(tool);
    }
    const openUntilMs = closedUntilMs.get(tool);
    const unlawful =
      answer?.kind === 'granted' && openUntilMs !== undefined && (probes.has(tool) || atMs < openUntilMs);
    if (answer?.kind === 'granted' && openUntilMs !== undefined) probes.set(tool, { lease, endsMs: atMs + leaseMs });

    if (ended !== undefined && probes.get(tool)?.lease === lease) {
      probes.delete(tool);
      if (ended === 'failure' || ended === 'unknown') closedUntilMs.set(tool, atMs + recoveryMs);
    }
    if (alerts.includes('breaker_opened')) closedUntilMs.set(tool, atMs + recoveryMs);
    if (alerts.includes('breaker_closed')) closedUntilMs.delete(tool);
    return unlawful;
  });
}

function isGrant({ answer }: Played): boolean {
  return answer?.kind === 'granted';
}

function endOf(steps: readonly Played[], limits: Limits): { state: Limiter['state']; atMs: number } {
  const last = steps.at(-1);
  return { state: (last?.after ?? aLimiter(limits)).state, atMs: last?.atMs ?? 0 };
}

function aLimiter(limits: Limits | undefined): Limiter {
  return { limits, state: NEW_LIMITER };
}

function stored({ limits, state }: Limiter): Limiter {
  return { limits, state: JSON.parse(JSON.stringify(state)) as Limiter['state'] };
}
