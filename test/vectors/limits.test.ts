import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CallOutcome, Limits } from '../../src/contract/limits.ts';
import { migrate } from '../../src/store/schema.ts';
import { isoOf, openLimiters, type TestLimiters } from '../support/limiters.ts';
import { casesOf } from './cases.ts';

interface LimitsCase {
  readonly name: string;
  readonly config: {
    readonly cooldownSeconds?: number;
    readonly cooldownByTool?: Readonly<Record<string, number>>;
    readonly hourlyCap?: number;
    readonly breaker?: object;
    readonly thermal?: object;
  };
  readonly steps: readonly Step[];
  readonly expect: unknown;
}

type Step = { readonly at: number } & (
  | { readonly op: 'acquire'; readonly tool: string; readonly lease: string }
  | { readonly op: 'settle'; readonly lease: string; readonly outcome: CallOutcome }
  | { readonly op: 'reset' | 'pause' | 'resume'; readonly tool?: string }
);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mandate-limits-'));
});
afterAll(() => rm(folder, { recursive: true }));

// Against the store itself, since it is the store that knows which leases are settled.
test.each(casesOf('limits').map(([name, each], index) => [name, each as LimitsCase, index] as const))(
  '%s',
  async (_name, { config, steps, expect: expected }, index) => {
    const limiters = await openLimiters({ file: join(folder, `${index}.db`) }, { limits: limitsOf(config) });
    try {
      await migrate(limiters.database);
      const answers: unknown[] = [];
      for (const step of steps) answers.push(await take(limiters, step));

      expect(answers).toEqual(expected);
    } finally {
      await limiters.database.close();
    }
  },
);

function limitsOf({ cooldownSeconds, cooldownByTool, hourlyCap, breaker, thermal }: LimitsCase['config']): Limits {
  const cooldown = { seconds: cooldownSeconds ?? 0, byTool: cooldownByTool ?? {} };
  return Limits.parse({
    cooldown: cooldownSeconds === undefined && cooldownByTool === undefined ? null : cooldown,
    hourlyCap: hourlyCap ?? null,
    breaker: breaker ?? null,
    thermal: thermal ?? null,
  });
}

async function take({ ask, settle, operate }: TestLimiters, step: Step): Promise<unknown> {
  const { at: atMs } = step;
  switch (step.op) {
    case 'acquire': {
      const { answer, alerts } = await ask({ tool: step.tool, lease: step.lease, atMs });
      return alerts.length === 0 ? answer : { ...answer, alerts };
    }
    case 'settle':
      return { alerts: await settle({ lease: step.lease, outcome: step.outcome, atMs }) };
    case 'reset':
      await operate.reset({ tool: step.tool }, []);
      return { alerts: [] };
    case 'pause':
      await operate.pause({ tool: step.tool, by: 'ada', reason: 'no reason given', now: isoOf(atMs) }, []);
      return { alerts: [] };
    case 'resume':
      await operate.resume({ tool: step.tool }, []);
      return { alerts: [] };
    default:
      throw new Error(`The vectors know no such op: ${JSON.stringify(step)}`);
  }
}
