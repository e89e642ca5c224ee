import { afterEach, describe, expect, it } from 'vitest';
import { Limits } from '../../src/contract/limits.ts';
import type { LimitAlert } from '../../src/contract/limits.ts';
import { askIn, holdIn, type LimitTerms } from '../../src/store/limits.ts';
import type { StoreLocation } from '../../src/store/open.ts';
import { migrate } from '../../src/store/schema.ts';
import { describeOnEachDatabase, type Fresh } from '../support/databases.ts';
import { isoOf, openLimiters, type TestLimiters } from '../support/limiters.ts';
import { startChildren } from './children/start.ts';
import { aFact } from './facts.ts';

const OFF = { cooldown: null, hourlyCap: null, breaker: null, thermal: null } as const;

describeOnEachDatabase('limits', (fresh) => {
  afterEach(async () => {
    for (const { database } of open.splice(0)) await database.close();
  });

  it('reserve a call for everybody and for its agent, or for neither', async () => {
    const limiters = await opened(fresh, { limits: { ...OFF, hourlyCap: 3 }, perAgent: { ...OFF, hourlyCap: 1 } });
    const { ask } = limiters;

    const answers = [
      await ask({ tool: 'post', lease: 'a', agent: 'packer', atMs: 0 }),
      await ask({ tool: 'post', lease: 'b', agent: 'packer', atMs: 1_000 }),
      await ask({ tool: 'post', lease: 'c', agent: 'sender', atMs: 2_000 }),
      await ask({ tool: 'post', lease: 'd', agent: 'reader', atMs: 3_000 }),
      await ask({ tool: 'post', lease: 'e', agent: 'writer', atMs: 4_000 }),
    ].map(({ answer }) => answer);

    expect(answers).toEqual([
      { kind: 'granted' },
      { kind: 'debounced', retryInSeconds: 3_599 },
      { kind: 'granted' },
      { kind: 'granted' },
      { kind: 'debounced', retryInSeconds: 3_596 },
    ]);
    expect(await usedOf(limiters, 'packer')).toEqual({ all: 3, 'agent/packer': 1 });
    expect(await usedOf(limiters, 'writer')).toEqual({ all: 3, 'agent/writer': 0 });
  });

  it('write nothing before they are told to keep it', async () => {
    const { database, ask } = await opened(fresh, { limits: { ...OFF, hourlyCap: 1 } });
    const request = { limits: Limits.parse({ ...OFF, hourlyCap: 1 }), perAgent: undefined, tool: 'post', agent: 'a' };

    const tried = await database.write((tx) => askIn(database, tx, { ...request, lease: 'a', now: isoOf(0) }));
    const { answer } = await ask({ tool: 'post', lease: 'b', atMs: 0 });

    expect([tried.answer, answer]).toEqual([{ kind: 'granted' }, { kind: 'granted' }]);
  });

  it('count the first settlement of a lease in every scope, and no other', async () => {
    const breaker = { threshold: 2, recoverySeconds: 60 };
    const { ask, settle } = await opened(fresh, { limits: { ...OFF, breaker }, perAgent: { ...OFF, breaker } });
    await ask({ tool: 'post', lease: 'a', atMs: 0 });
    await ask({ tool: 'post', lease: 'b', agent: 'sender', atMs: 0 });

    const alerts: (readonly LimitAlert[])[] = [];
    for (const lease of ['a', 'a', 'stranger', 'b']) alerts.push(await settle({ lease, outcome: 'failure', atMs: 1 }));

    expect(alerts).toEqual([[], [], [], ['breaker_opened']]);
    expect((await ask({ tool: 'post', lease: 'c', atMs: 2 })).answer).toMatchObject({ kind: 'circuit_open' });
  });

  it('freeze what an operator has paused, also where nothing is configured', async () => {
    const { ask, operate } = await opened(fresh, {});
    const order = { by: 'ada', reason: 'no reason given', now: isoOf(0) };
    await operate.pause({ ...order, tool: 'post' }, []);
    await operate.pause({ ...order, agent: 'packer', tool: 'mail' }, []);

    const paused = await Promise.all([
      ask({ tool: 'post', lease: 'a', agent: 'sender', atMs: 1 }),
      ask({ tool: 'mail', lease: 'b', agent: 'sender', atMs: 1 }),
      ask({ tool: 'mail', lease: 'c', agent: 'packer', atMs: 1 }),
    ]);
    await operate.resume({ tool: 'post' }, []);
    const resumed = await ask({ tool: 'post', lease: 'd', atMs: 2 });

    expect(paused.map(({ answer }) => answer.kind)).toEqual(['frozen', 'granted', 'frozen']);
    expect(resumed.answer).toEqual({ kind: 'granted' });
  });

  it('keep the first of several pauses, and record only what changed', async () => {
    const database = await fresh();
    const store = await database.open();
    await store.migrate();
    const first = { by: 'ada', reason: 'wrong campaign', now: isoOf(0) };
    const standing = { by: 'ada', reason: 'wrong campaign', since: isoOf(0) };
    const fact = (entryId: string) => [aFact({ entryId, run: 'limits', type: 'limits.paused' })];

    const pauses = [
      await store.limits.pause(first, fact('first')),
      await store.limits.pause({ ...first, by: 'gus', now: isoOf(5) }, fact('second')),
    ];
    const resumed = [
      await store.limits.resume({ tool: 'post' }, fact('third')),
      await store.limits.resume({}, fact('fourth')),
    ];
    const again = await store.limits.resume({}, fact('fifth'));

    expect(pauses).toEqual([
      { first: true, pause: standing },
      { first: false, pause: standing },
    ]);
    expect([...resumed, again]).toEqual([undefined, standing, undefined]);
    expect((await store.ledger.entries()).map(({ entryId }) => entryId)).toEqual(['first', 'fourth']);
  });

  it('leave a provider alone for as long as it asked, whatever is configured', async () => {
    const limiters = await opened(fresh, {});
    const { database, ask, operate } = limiters;
    const hold = (untilMs: number) =>
      database.write((tx) => holdIn(tx, { tool: 'post', until: isoOf(untilMs), reason: 'Retry-After' }));
    await hold(90_000);
    await hold(30_000);

    const held = await ask({ tool: 'post', lease: 'a', atMs: 500 });
    const other = await ask({ tool: 'mail', lease: 'b', atMs: 500 });
    const shown = await operate.show({ ...NOTHING, tools: ['post'], now: isoOf(60_000) });
    const later = await ask({ tool: 'post', lease: 'c', atMs: 90_000 });
    await hold(200_000);
    await operate.reset({ tool: 'post' }, []);
    const freed = await ask({ tool: 'post', lease: 'd', atMs: 100_000 });

    expect([held, other, later, freed].map(({ answer }) => answer)).toEqual([
      { kind: 'debounced', retryInSeconds: 90 },
      { kind: 'granted' },
      { kind: 'granted' },
      { kind: 'granted' },
    ]);
    expect(shown[0]).toEqual({
      scope: 'all',
      layer: 'hold',
      tool: 'post',
      state: 'waiting',
      retryInSeconds: 30,
      reason: 'Retry-After',
    });
  });

  it('leave alone the one provider of several that asked for it', async () => {
    const { database, ask, operate } = await opened(fresh, {});
    const hold = (provider?: string) =>
      database.write((tx) => holdIn(tx, { tool: 'post', provider, until: isoOf(90_000), reason: 'Retry-After' }));
    const kindsOf = async (prefix: string) => {
      const told: string[] = [];
      for (const provider of ['https://a.example', 'https://b.example', undefined]) {
        const to = provider === undefined ? {} : { provider };
        told.push((await ask({ tool: 'post', lease: `${prefix} ${provider}`, atMs: 0, ...to })).answer.kind);
      }
      return told;
    };

    await hold('https://a.example');
    const one = await kindsOf('one');
    await hold();
    const two = await kindsOf('two');
    const shown = await operate.show({ ...NOTHING, tools: ['post', 'mail'], now: isoOf(0) });
    await operate.reset({ tool: 'pos_' }, []);
    const still = await kindsOf('still');
    await operate.reset({ tool: 'post' }, []);

    expect([one, two, still, await kindsOf('free')]).toEqual([
      ['debounced', 'granted', 'granted'],
      ['debounced', 'granted', 'debounced'],
      ['debounced', 'granted', 'debounced'],
      ['granted', 'granted', 'granted'],
    ]);
    expect(shown.filter(({ layer }) => layer === 'hold').map(({ tool, provider }) => [tool, provider])).toEqual([
      ['post', undefined],
      ['post', 'https://a.example'],
    ]);
  });

  it('are reset for everybody and all agents at once, or for one agent', async () => {
    const cooldown = { seconds: 300 };
    const limiters = await opened(fresh, { perAgent: { ...OFF, cooldown } });
    const { ask, operate } = limiters;
    for (const agent of ['packer', 'sender']) await ask({ tool: 'post', lease: agent, agent, atMs: 0 });

    await operate.reset({ agent: 'packer' }, []);
    const one = await ask({ tool: 'post', lease: 'a', agent: 'packer', atMs: 1 });
    const other = await ask({ tool: 'post', lease: 'b', agent: 'sender', atMs: 1 });
    await operate.reset({ tool: 'post' }, []);
    const all = await ask({ tool: 'post', lease: 'c', agent: 'sender', atMs: 2 });

    expect([one, other, all].map(({ answer }) => answer.kind)).toEqual(['granted', 'debounced', 'granted']);
  });

  it('show of agents only what keeps calls waiting', async () => {
    const limits = { ...OFF, cooldown: { seconds: 300 }, hourlyCap: 4 };
    const limiters = await opened(fresh, { limits, perAgent: limits });
    await limiters.ask({ tool: 'post', lease: 'a', agent: 'packer', atMs: 0 });

    const shown = await limiters.operate.show({ ...limiters.terms, tools: ['mail', 'post'], now: isoOf(1_000) });

    expect(shown.map(({ scope, layer, tool, state }) => [scope, layer, tool, state])).toEqual([
      ['all', 'cooldown', 'mail', 'ready'],
      ['all', 'cooldown', 'post', 'waiting'],
      ['all', 'hourly_cap', null, 'ready'],
      ['all', 'breaker', null, 'off'],
      ['all', 'thermal', null, 'off'],
      ['agent/packer', 'cooldown', 'post', 'waiting'],
    ]);
  });

  describe('asked by 50 callers at once in each of four processes', () => {
    it('grant what the hourly cap says, in all and for each agent', async () => {
      const given = { limits: { ...OFF, hourlyCap: 9 }, perAgent: { ...OFF, hourlyCap: 6 } };

      const told = await race(await opened(fresh, given), given);

      const granted = told.filter(({ kind }) => kind === 'granted');
      expect(granted).toHaveLength(9);
      for (const agent of ['packer', 'sender']) {
        expect(granted.filter((call) => call.agent === agent).length).toBeLessThanOrEqual(6);
      }
      expect(told.filter(({ kind }) => kind === 'debounced')).toHaveLength(191);
    });

    it('grant what the thermal cut-out says, and trip it once', async () => {
      const thermal = { max: 12, windowSeconds: 900, pauseSeconds: 300 };
      const given = { limits: { ...OFF, thermal } };

      const told = await race(await opened(fresh, given), { ...given, outcome: 'success' });

      expect(told.filter(({ kind }) => kind === 'granted')).toHaveLength(12);
      expect(told.filter(({ kind }) => kind === 'deferred_thermal')).toHaveLength(188);
      expect(told.flatMap(({ alerts }) => alerts)).toEqual(['thermal_tripped']);
    });

    it('let one probe through a breaker that is half open, for each tool', async () => {
      const given = { limits: { ...OFF, breaker: { threshold: 1, recoverySeconds: 60 } } };
      const limiters = await opened(fresh, given);
      for (const tool of ['post', 'mail']) {
        await limiters.ask({ tool, lease: tool, atMs: 0 });
        await limiters.settle({ lease: tool, outcome: 'failure', atMs: 0 });
      }

      const told = await race(limiters, { ...given, atMs: 60_000 });

      const probes = told.filter(({ kind }) => kind === 'granted').map(({ tool }) => tool);
      expect(probes.sort()).toEqual(['mail', 'post']);
      expect(told.filter(({ kind }) => kind === 'circuit_open')).toHaveLength(198);
    });
  });
});

const NOTHING: LimitTerms = { limits: undefined, perAgent: undefined };

interface Given {
  readonly limits?: unknown;
  readonly perAgent?: unknown;
}

interface OpenedLimiters extends TestLimiters {
  readonly location: StoreLocation;
  readonly terms: LimitTerms;
}

const open: TestLimiters[] = [];

async function opened(fresh: Fresh, given: Given): Promise<OpenedLimiters> {
  const { location } = await fresh();
  const terms = { limits: limitsOf(given.limits), perAgent: limitsOf(given.perAgent) };
  const limiters = await openLimiters(location, terms);
  open.push(limiters);
  await migrate(limiters.database);
  return { ...limiters, location, terms };
}

function limitsOf(given: unknown): Limits | undefined {
  return given === undefined ? undefined : Limits.parse(given);
}

/** How many calls of the hour each limiter counts. */
async function usedOf({ operate, terms }: OpenedLimiters, agent: string): Promise<unknown> {
  const shown = await operate.show({ ...terms, tools: [], agent, now: isoOf(5_000) });
  return Object.fromEntries(
    shown.filter(({ layer }) => layer === 'hourly_cap').map(({ scope, used }) => [scope, used]),
  );
}

interface Told {
  readonly tool: string;
  readonly agent: string;
  readonly kind: string;
  readonly alerts: readonly string[];
}

/** What 200 callers in four processes are told, who all ask at once. */
async function race(
  { location }: OpenedLimiters,
  task: Given & { readonly outcome?: 'success'; readonly atMs?: number },
): Promise<Told[]> {
  const tasks = ['a', 'b', 'c', 'd'].map((name) => ({ location, name, atMs: 0, calls: 50, ...task }));
  const children = await startChildren('ask-limits.ts', tasks);
  const told = await Promise.all(children.map((child) => child.go()));
  return told.flat() as Told[];
}
